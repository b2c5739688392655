"""The events of notices: made in SQL, and what the classes say."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.scan import scan_due_notices
from shared.db import Database
from shared.events.certificates import CertificateEvent, CertificateExpired, CertificateRenewalDue
from shared.messaging import envelope
from shared.messaging.envelope import Record
from shared.messaging.outbox import record_events
from shared.tracing import continue_trace
from tests.certificates.approvals import rows
from tests.certificates.loads import load_certificates
from tests.clock import ManualClock
from tests.records import encode_headers

TRACE = "0af7651916cd43dd8448eb211c80319c"
NOW = datetime(2028, 6, 1, 9, 30, 15, 123456, tzinfo=UTC)


async def _record_by_class(database: Database, event: CertificateEvent) -> Any:
    """The outbox's row of the same event, made as all other events are."""
    async with database.transaction() as session:
        await record_events(session, event, now=NOW)
    (row,) = await rows(database, "SELECT * FROM outbox ORDER BY id DESC LIMIT 1")
    return row


@pytest.mark.parametrize(
    ("days_left", "event_class", "has_window"),
    [
        (30, CertificateRenewalDue, False),
        (60, CertificateRenewalDue, True),
        (-1, CertificateExpired, False),
    ],
)
async def test_an_event_made_in_sql_is_the_one_that_its_class_makes(
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    days_left: int,
    event_class: type[CertificateEvent],
    has_window: bool,
) -> None:
    clock.instant = NOW
    today = NOW.date()
    ends_on = today + timedelta(days=days_left)
    await load_certificates(database, [ends_on], ends_on - timedelta(days=91))
    if has_window:
        await Duties(database, clock, settings).give_windows()
    with continue_trace("from-afar", {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}):
        await scan_due_notices(database, clock, settings)
        own_events = "SELECT * FROM outbox WHERE topic = :topic"
        (row,) = await rows(database, own_events, topic=event_class.TOPIC)
        (certificate,) = await rows(database, "SELECT * FROM certificate")
        members = {
            "certificate_id": certificate.id,
            "number": certificate.number,
            "application_id": certificate.application_id,
            "qualification_id": certificate.qualification_id,
            "qualification_version": certificate.qualification_version,
            "valid_until": ends_on,
            "ends_on": ends_on,
            "noticed_on": today,
            "threshold_days": 90 if has_window else days_left,
        }
        if has_window:
            (window,) = await rows(database, "SELECT starts_on, ends_on FROM renewal_window")
            members["window"] = {**window._mapping, "url": f"{settings.site_url}/renewal"}
        event = event_class.model_validate(members)
        twin = await _record_by_class(database, event)
    assert (
        json.loads(row.payload) == json.loads(twin.payload) == json.loads(event.model_dump_json())
    )
    assert (row.topic, row.key) == (twin.topic, twin.key)
    assert TRACE in row.headers["ce_traceparent"]
    assert row.headers["ce_correlationid"] == "from-afar"
    assert row.headers["ce_id"] == str(row.event_id)
    own = {"ce_id": ..., "ce_traceparent": ...}
    assert {**row.headers, **own} == {**twin.headers, **own}
    record = Record(
        row.topic, 0, 0, row.key.encode(), encode_headers(row.headers), bytes(row.payload)
    )
    received_event = envelope.read_event(record)
    assert received_event is not None
    assert (received_event.event, received_event.id, received_event.time) == (
        event,
        row.event_id,
        NOW,
    )
