"""One trace from a request through outbox, broker and handler to what the handler records."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import httpx
import pytest
from fastapi import APIRouter, Depends
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.settings import CatalogSettings
from shared import tracing
from shared.db import Database
from shared.messaging import dead_letters, outbox
from shared.messaging.consumer import Consumer
from shared.messaging.relay import Relay
from shared.web.app import create_app
from shared.web.dependencies import Now, Transaction
from shared.web.guards import PUBLIC
from shared.web.resources import Resources
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.messaging.sample_events import Handling, ThingHappened, put_headers, record, rows
from tests.messaging.test_relay import TOPICS, running
from tests.serving import serving

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
CALLER_SPAN_ID = "b7ad6b7169203331"
CALLER_HEADERS = {
    "traceparent": f"00-{TRACE_ID}-{CALLER_SPAN_ID}-01",
    "tracestate": "vendor=value",
    "X-Correlation-ID": "order-66",
}
UNRECORDED_PATH = "/unrecorded-things"

router = APIRouter(dependencies=[Depends(PUBLIC)])


@router.post("/things", status_code=204)
@router.post(UNRECORDED_PATH, include_in_schema=False)
async def begin_thing(session: Transaction, now: Now) -> None:
    """Records the first step of a thing."""
    await outbox.record_events(session, ThingHappened(name="a", step=1), now=now)


async def continue_thing(session: AsyncSession, event: ThingHappened, now: datetime) -> None:
    """Handles the first step by recording the second one."""
    if event.step == 1:
        next_event = ThingHappened(name=event.name, step=2)
        await outbox.record_events(session, next_event, now=now)


@pytest.fixture
async def client(
    wired: CatalogSettings, clock: ManualClock, database: Database
) -> AsyncIterator[httpx.AsyncClient]:
    """A service that records events."""
    resources: Resources[CatalogSettings] = Resources.open(wired, clock)
    app = create_app(resources, [router], summary="Things", unrecorded_paths={UNRECORDED_PATH})
    async with serving(app) as client:
        yield client


@pytest.fixture
def exported_spans() -> Iterator[InMemorySpanExporter]:
    """The spans that were recorded and have ended."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.record_spans(provider.get_tracer("tests"))
    yield exporter
    tracing.record_spans(None)


async def _headers_of_steps(database: Database) -> dict[int, dict[str, str]]:
    """The headers of each recorded event, by its step."""
    query = (
        "SELECT (convert_from(payload, 'UTF8')::json ->> 'step')::int AS step, headers FROM outbox"
    )
    return {row.step: row.headers for row in await rows(database, query)}


async def _pass_through_broker(
    client: httpx.AsyncClient, wired: CatalogSettings, database: Database, clock: ManualClock
) -> dict[int, dict[str, str]]:
    """Begins a thing by a request; the headers of both events, once the second is recorded."""
    response = await client.post("/things", headers=CALLER_HEADERS)
    assert response.status_code == 204

    async def find_second_step() -> dict[int, dict[str, str]] | None:
        headers = await _headers_of_steps(database)
        return headers if 2 in headers else None

    consumer = Consumer(database, wired, {ThingHappened: continue_thing}, clock)
    async with running(Relay(database, wired, TOPICS), consumer):
        return await eventually(find_second_step, "the handler's event")


async def test_a_request_and_the_events_that_follow_from_it_are_one_trace(
    client: httpx.AsyncClient, wired: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    headers = await _pass_through_broker(client, wired, database, clock)
    traceparents = [headers[step]["ce_traceparent"].split("-") for step in (1, 2)]
    assert [trace_id for _, trace_id, _, _ in traceparents] == [TRACE_ID, TRACE_ID]
    span_ids = {CALLER_SPAN_ID, *(span_id for _, _, span_id, _ in traceparents)}
    assert len(span_ids) == 3, "each party has a span of its own"
    for step in (1, 2):
        assert headers[step]["ce_tracestate"] == "vendor=value"
        assert headers[step]["ce_correlationid"] == "order-66"


async def test_recorded_spans_tell_who_called_whom(
    client: httpx.AsyncClient,
    wired: CatalogSettings,
    database: Database,
    clock: ManualClock,
    exported_spans: InMemorySpanExporter,
) -> None:
    headers = await _pass_through_broker(client, wired, database, clock)

    async def find_spans() -> list[ReadableSpan] | None:
        spans = exported_spans.get_finished_spans()
        return list(spans[:2]) if len(spans) > 1 else None

    request_span, handler_span = await eventually(find_spans, "the handler's span")
    assert request_span.name == "POST /things"
    assert request_span.kind is SpanKind.SERVER
    assert request_span.attributes == {
        "http.request.method": "POST",
        "http.route": "/things",
        "http.response.status_code": 204,
    }
    assert handler_span.name == "handle tests.thing.happened.v1"
    assert handler_span.kind is SpanKind.CONSUMER
    assert request_span.parent is not None
    assert f"{request_span.parent.span_id:016x}" == CALLER_SPAN_ID
    assert handler_span.parent is not None
    assert request_span.context is not None
    assert handler_span.parent.span_id == request_span.context.span_id
    assert headers[2]["ce_traceparent"].split("-")[2] == f"{handler_span.context.span_id:016x}"


async def test_a_path_whose_answers_cost_less_than_a_span_has_none(
    client: httpx.AsyncClient, database: Database, exported_spans: InMemorySpanExporter
) -> None:
    await client.post(UNRECORDED_PATH, headers=CALLER_HEADERS)
    assert exported_spans.get_finished_spans() == ()
    headers = await _headers_of_steps(database)
    assert headers[1]["ce_traceparent"].split("-")[1] == TRACE_ID, "the trace goes on all the same"


async def test_a_dead_letter_is_replayed_in_its_trace_and_marked_where_it_failed(
    consumer: Consumer,
    database: Database,
    handling: Handling,
    clock: ManualClock,
    exported_spans: InMemorySpanExporter,
) -> None:
    handling.refuse.add(("a", 1))
    sample_record = record("a", 1, clock.now())
    traceparent = CALLER_HEADERS["traceparent"]
    await consumer.handle_record(put_headers(sample_record, ce_traceparent=traceparent))
    handling.refuse.clear()
    (letter,) = await rows(database, "SELECT id FROM dead_letter")
    await dead_letters.replay_key(database, {ThingHappened: handling}, clock, letter.id)
    failed_span, replay_span = exported_spans.get_finished_spans()
    assert failed_span.status.status_code is StatusCode.ERROR
    assert failed_span.status.description is None
    assert failed_span.events == ()
    assert replay_span.status.status_code is StatusCode.UNSET
    for span in (failed_span, replay_span):
        assert span.context is not None
        assert f"{span.context.trace_id:032x}" == TRACE_ID
