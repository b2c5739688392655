"""Traces: whose child a span is, what is sent to a collector, and what is not."""

import sys
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI, Request
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.catalog.settings import CatalogSettings
from shared import tracing
from shared.db import Database, execute
from shared.tracing_export import export_spans, record_statements
from tests.serving import WIRE_SECONDS, listening

CAUSE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
PLANTED = "Белова-1994-06-17"


@pytest.fixture(autouse=True)
def no_recorder() -> Iterator[None]:
    """Leaves nothing behind that records spans."""
    yield
    tracing.record_spans(None)
    if HTTPXClientInstrumentor().is_instrumented_by_opentelemetry:
        HTTPXClientInstrumentor().uninstrument()


def test_a_child_keeps_the_trace_and_the_flags_of_its_cause() -> None:
    with tracing.continue_trace("order-66", {"traceparent": CAUSE}) as trace:
        assert tracing.current_trace() == trace
    version, trace_id, span_id, flags = trace.traceparent.split("-")
    cause_version, cause_trace_id, cause_span_id, cause_flags = CAUSE.split("-")
    assert (version, trace_id, flags) == (cause_version, cause_trace_id, cause_flags)
    assert span_id != cause_span_id
    assert trace.correlation_id == "order-66"


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "nonsense",
    ],
)
def test_a_malformed_cause_begins_a_new_trace(traceparent: str) -> None:
    with (
        tracing.continue_trace("order-66", {"traceparent": CAUSE}),
        tracing.continue_trace("with blank ", {"traceparent": traceparent}) as trace,
    ):
        assert trace.trace_id != CAUSE.split("-")[1]
        assert trace.traceparent.endswith("-01")
        assert trace.correlation_id not in {"with blank ", "order-66"}


def test_outside_any_block_each_trace_is_a_new_one() -> None:
    first, second = tracing.current_trace(), tracing.current_trace()
    assert first.trace_id != second.trace_id
    assert first.correlation_id != second.correlation_id


def test_nothing_is_recorded_without_a_collector(
    settings: CatalogSettings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "shared.tracing_sdk", None)
    export_spans(settings, "http", database.engine)
    with tracing.continue_trace(None, {}, "a request") as trace:
        assert not trace.span.is_recording()


def test_a_collector_without_the_libraries_for_it_stops_the_start(
    settings: CatalogSettings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "shared.tracing_sdk", None)
    with_collector = settings.model_copy(update={"otel_exporter_url": "http://127.0.0.1:1"})
    with pytest.raises(RuntimeError, match="install the group 'otel'"):
        export_spans(with_collector, "http", database.engine)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(RuntimeError, match="install the group 'otel'"):
        export_spans(settings, "http", database.engine)


async def test_spans_are_sent_to_the_collector_that_the_settings_name(
    settings: CatalogSettings, database: Database
) -> None:
    bodies: list[bytes] = []
    collector = FastAPI()

    @collector.post("/v1/traces")
    async def receive(request: Request) -> None:
        bodies.append(await request.body())

    with listening(collector) as url:
        with_collector = settings.model_copy(update={"otel_exporter_url": url})
        export_spans(with_collector, "http", database.engine)
        with tracing.continue_trace(None, {}, "a request") as trace:
            assert trace.span.is_recording()
            async with database.transaction() as session:
                await execute(session, text("SELECT 1"))
        tracer = tracing._RECORDER.tracer
        tracer.span_processor.force_flush()  # type: ignore[union-attr]
    sent_text = b"".join(bodies)
    assert b"attesta-catalog-http" in sent_text
    assert b"a request" in sent_text
    assert b"SELECT 1" in sent_text


async def test_what_an_exception_says_is_not_sent(database: Database) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.record_spans(provider.get_tracer("tests"))
    record_statements(database.engine, provider.get_tracer("tests"))
    insert = text("INSERT INTO note VALUES (gen_random_uuid(), :words), (NULL, :words)")
    with pytest.raises(IntegrityError), tracing.continue_trace(None, {}, "a request"):
        async with database.transaction() as session:
            await execute(session, insert, {"words": PLANTED})
    spans = exporter.get_finished_spans()
    assert [span.status.status_code for span in spans][-1] is StatusCode.ERROR
    assert sum(span.status.status_code is StatusCode.ERROR for span in spans) == 2
    for span in spans:
        assert span.status.description is None
        assert span.events == ()
        assert PLANTED not in span.to_json()


async def test_neither_prepared_reads_nor_what_runs_outside_a_recorded_span_has_spans(
    database: Database,
) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.record_spans(provider.get_tracer("tests"))
    record_statements(database.engine, provider.get_tracer("tests"))
    pool = await database.read_pool.get_pool()
    with tracing.continue_trace(None, {}):
        assert await pool.fetchval("SELECT 1") == 1
        async with database.transaction() as session:
            await execute(session, text("SELECT 1"))
    assert exporter.get_finished_spans() == ()


async def test_a_call_to_another_server_carries_the_trace_on() -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    tracing.record_spans(provider.get_tracer("tests"))
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
    server = FastAPI()

    @server.get("/")
    async def get_trace(request: Request) -> str | None:
        return request.headers.get("traceparent")

    with listening(server) as url, tracing.continue_trace(None, {}, "a request") as trace:
        async with httpx.AsyncClient(trust_env=False, timeout=WIRE_SECONDS) as client:
            traceparent = (await client.get(url)).json()
    assert traceparent.split("-")[1] == trace.trace_id
