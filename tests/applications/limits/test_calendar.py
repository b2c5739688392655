"""The scan of a whole year: each limit is told once, at the right local midnight."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.applications.application import queries
from services.applications.limits.operations import record_procedure_event
from services.applications.limits.rules import (
    ProcedureEvent,
)
from services.applications.main import create
from services.applications.scheduler import report_limits
from services.applications.settings import ApplicationsSettings
from shared.context import command_context
from shared.db import Database
from tests.applications import people
from tests.clock import ManualClock
from tests.serving import serving

STARTS = (ProcedureEvent.SUBMITTED, ProcedureEvent.EXAMINED, ProcedureEvent.DECIDED)


ZONES = [
    "Europe/Berlin",  # clocks change in the night
    "Europe/Moscow",  # they never do
    "America/Santiago",  # the midnight of a spring day does not exist
]


@pytest.mark.parametrize("zone", ZONES)
async def test_a_years_calendar_tells_every_limit_once_at_local_midnight(
    settings: ApplicationsSettings, database: Database, clock: ManualClock, zone: str
) -> None:
    """A limit of every kind begins each day of a leap year; every midnight tells just its own."""
    place = ZoneInfo(zone)
    zone_settings = settings.model_copy(update={"time_zone": place})
    clock.instant = datetime(2027, 12, 20, 12, tzinfo=UTC)
    await people.deliver_record(
        database,
        zone_settings,
        clock,
        people.build_record(people.build_published_event(), clock.now()),
    )
    async with serving(create(zone_settings, clock)) as client:
        application_id = await people.submit_application(client)
    first = date(2028, 1, 1)
    expected_reports: dict[date, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    async with database.transaction() as session:
        application = await queries.get_application(session, UUID(application_id))
        await people.execute_statement(session, "DELETE FROM time_limit")
        for number in range(366):
            begun_on = first + timedelta(days=number)
            event = STARTS[number % 3]
            for limit in zone_settings.time_limit_rules.rules_started_by(event):
                due_on = limit.last_day(begun_on, zone_settings.work_calendar).due_on
                report = (limit.name, begun_on.isoformat())
                expected_reports[due_on - timedelta(days=limit.warn_days)][
                    "limit_at_risk", *report
                ] += 1
                expected_reports[due_on + timedelta(days=1)]["limit_broken", *report] += 1
            context = command_context(session, clock.now(), zone_settings, "clerk")
            await record_procedure_event(context, application, event, begun_on)
        # Nothing of it was done in time.
        await people.execute_statement(
            session, "UPDATE time_limit SET ended_on = NULL, next_report_on = at_risk_on"
        )
    last_id = 0
    for number in range(420):
        day = first + timedelta(days=number)
        midnight = datetime.combine(day, time(0), place).astimezone(UTC)
        assert midnight.astimezone(place).date() == day
        clock.instant = midnight - timedelta(seconds=1)
        assert await report_limits(database, clock, zone_settings) == 0, f"early on {day}"
        clock.instant = midnight
        await report_limits(database, clock, zone_settings)
        rows = await people.fetch_rows(
            database,
            "SELECT id, headers, payload FROM outbox WHERE id > :seen ORDER BY id",
            seen=last_id,
        )
        told_today = Counter(_read_report(row.headers, row.payload) for row in rows)
        assert told_today == expected_reports.pop(day, Counter()), day
        last_id = rows[-1].id if rows else last_id
    assert expected_reports == {}
    ((count,),) = await people.fetch_rows(database, "SELECT count(*) FROM outbox")
    assert count == 2 * (122 + 3 * 122 + 122)


def _read_report(headers: Mapping[str, str], payload: bytes) -> tuple[str, str, str]:
    event = json.loads(payload)
    return headers["ce_type"].split(".")[2], event["limit"], event["begun_on"]


async def test_a_scan_that_was_away_tells_everything_once_and_in_order(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    await people.submit_application(client)
    clock.advance(days=40)
    assert await report_limits(database, clock, settings) == 1
    assert await report_limits(database, clock, settings) == 0
    rows = await people.fetch_rows(database, "SELECT headers, payload FROM outbox ORDER BY id")
    assert [row.headers["ce_type"].split(".")[2] for row in rows] == [
        "limit_at_risk",
        "limit_broken",
    ]
    assert {json.loads(row.payload)["noticed_on"] for row in rows} == {"2026-04-11"}
