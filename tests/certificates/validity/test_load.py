"""The load of the days to come is what their rehearsals say, counted in one statement."""

import random
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text

from services.certificates.settings import CertificatesSettings
from services.certificates.validity.load import LOAD_DAYS, LOAD_STATEMENT, count_day_loads
from services.certificates.validity.models import DEFAULT_PLAN
from services.certificates.validity.rehearsal import rehearse_scan
from services.certificates.validity.scan import scan_due_notices
from shared.db import Database, execute
from tests.certificates.approvals import QUALIFICATION
from tests.certificates.loads import load_certificates
from tests.clock import ManualClock

ISSUED_ON = date(2026, 3, 2)
OWN_PLAN = text("INSERT INTO notice_plan VALUES (:id, '{60,14,0}', :since, false)")


async def test_each_day_brings_what_its_rehearsal_says(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    chance = random.Random(7)
    today = date(2028, 6, 1)
    clock.instant = datetime(2028, 6, 1, 9, tzinfo=UTC)
    ends = [today + timedelta(days=chance.randrange(-5, 230)) for _ in range(400)]
    await load_certificates(database, ends, ISSUED_ON)
    other = (
        "UPDATE certificate SET qualification_id = gen_random_uuid() WHERE right(number, 1) < '4'"
    )
    async with database.transaction() as session:
        await execute(session, text(other))
        parameters = {"id": QUALIFICATION.id, "since": [date(1, 1, 1)] * 3}
        await execute(session, OWN_PLAN, parameters)
    await scan_due_notices(database, clock, settings)
    async with database.read_only_transaction() as session:
        loads = await count_day_loads(session, today)
        assert len(loads) == LOAD_DAYS
        for day, load in loads.items():
            rehearsal = await rehearse_scan(session, day)
            expected = (rehearsal.renewal_total, rehearsal.expired_total)
            assert (load.renewal_total, load.expired_total) == expected, day
    assert sum(load.total for load in loads.values()) > 50


async def test_the_load_is_read_from_the_index_of_ends(database: Database) -> None:
    await load_certificates(database, [date(2031, 1, 1)] * 5000, ISSUED_ON)
    values = {"first_day": ISSUED_ON, "last_day": ISSUED_ON + timedelta(days=30)}
    async with database.transaction() as session:
        plan = await execute(
            session,
            text(f"EXPLAIN {LOAD_STATEMENT.text}"),
            {**values, "default_plan": DEFAULT_PLAN},
        )
        lines = [row[0] for row in plan]
    assert any("Index" in line and "on certificate" in line for line in lines), lines
    assert not any("Seq Scan on certificate" in line for line in lines)
