"""OpenTelemetry's SDK and its instrumentation of httpx: imported only where spans are sent."""

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Tracer


def start_exporter(url: str | None, service_name: str) -> Tracer:
    """Starts sending to the collector's base address; None: where OTEL's variables say.

    Each call over HTTP of this process gets a span, too, and carries its trace. What waits is sent
    when the process ends.
    """
    exporter = OTLPSpanExporter(endpoint=f"{url.rstrip('/')}/v1/traces" if url else None)
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: service_name}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
    return provider.get_tracer("attesta")
