"""A walk reads the certificates that it is about, and so many of them at once."""

import re
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.walks import DEFAULT_STATEMENT, OWN_STATEMENT
from shared.db import Database, execute
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import QUALIFICATION
from tests.certificates.loads import load_certificates
from tests.certificates.validity.council_plans import tell_plan
from tests.clock import ManualClock

ISSUED_ON = date(2026, 3, 2)
LAST_DAY = date(2029, 3, 2)


@pytest.mark.parametrize("others", [5000, 20_000])
async def test_a_walk_reads_the_certificates_of_its_qualification_only(
    database: Database, others: int
) -> None:
    await load_certificates(database, [LAST_DAY] * 100, ISSUED_ON)
    ends = [LAST_DAY + timedelta(days=number % 700) for number in range(others)]
    await load_certificates(database, ends, ISSUED_ON, name="other", qualification_id=uuid4())
    parameters = {
        "qualification_id": QUALIFICATION.id,
        "days": [400],
        "after_end": ISSUED_ON,
        "after_id": UUID(int=0),
        "limit": 50,
    }
    async with database.transaction() as session:
        explained = await execute(session, text(f"EXPLAIN (ANALYZE) {OWN_STATEMENT}"), parameters)
        plan = "\n".join(row[0] for row in explained)
    assert re.search(r"ix_certificate_live_qualification .* rows=50\.00 loops=1", plan), plan
    assert "Seq Scan on certificate" not in plan, plan


async def test_a_batch_of_the_walk_for_all_reads_so_many_rows_whoever_has_a_plan(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await load_certificates(database, [LAST_DAY] * 3000, ISSUED_ON)
    await tell_plan(consumer, clock, 1, [100])
    await Duties(database, clock, settings).follow_plan()
    parameters = {
        "days": [400],
        "after_end": ISSUED_ON,
        "after_id": UUID(int=0),
        "limit": 50,
    }
    async with database.transaction() as session:
        explained = await execute(
            session, text(f"EXPLAIN (ANALYZE) {DEFAULT_STATEMENT}"), parameters
        )
        plan = "\n".join(row[0] for row in explained)
    assert re.search(r"Index Scan using ix_certificate_ends_on .* rows=50\.00 loops=1", plan), plan
    assert "Seq Scan on certificate" not in plan, plan
