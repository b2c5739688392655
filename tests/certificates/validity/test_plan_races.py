"""Plans change while others work: schedulers of two settings, issue, extension, scan at once."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.certificates.changes.extension import extend_certificates, preview_extension
from services.certificates.changes.schemas import ConfirmedExtensionRequest, ExtensionRequest
from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.scan import scan_due_notices
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import approval, commanding, delivery, rows
from tests.certificates.loads import load_certificates
from tests.certificates.validity.council_plans import follow_plan_at_last, tell_plan
from tests.clock import ManualClock

ISSUED_ON = date(2026, 3, 2)
LATER = datetime(2028, 6, 1, 9, tzinfo=UTC)


async def test_in_a_rolling_release_the_default_changes_once_and_for_good(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    old, new = (
        settings.model_copy(update={"renewal_thresholds_days": days, "scan_interval_seconds": 60})
        for days in ((180, 90, 30, 7), (365, 90))
    )
    seen_days: list[list[int]] = []

    async def follow(*schedulers: CertificatesSettings, minutes: int) -> None:
        for _ in range(minutes):
            clock.advance(minutes=1)
            for scheduler in schedulers:
                await Duties(database, clock, scheduler).follow_plan()
                (row,) = await rows(database, "SELECT days FROM notice_plan")
                if not seen_days or seen_days[-1] != row.days:
                    seen_days.append(row.days)

    await follow(old, minutes=2)
    await follow(new, old, minutes=10)
    assert seen_days == [[180, 90, 30, 7, 0]], "as long as one of the old settings runs"
    await follow(new, minutes=10)
    assert seen_days == [[180, 90, 30, 7, 0], [365, 90, 0]]
    await follow(old, new, minutes=10)  # a late one of the old settings
    await follow(new, minutes=10)
    assert len(seen_days) == 2
    await follow(old, minutes=10)  # the release is taken back
    assert seen_days[2:] == [[180, 90, 30, 7, 0]]


async def test_schedulers_of_two_settings_at_once_choose_one_default(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    choices = [(365, 90), (300, 60), (200,)]
    schedulers = [
        Duties(database, clock, settings.model_copy(update={"renewal_thresholds_days": days}))
        for days in choices * 2
    ]
    for _ in range(5):
        clock.advance(days=1)
        await asyncio.gather(*(follow_plan_at_last(duties) for duties in schedulers))
        (row,) = await rows(database, "SELECT days, since FROM notice_plan")
        assert tuple(row.days[:-1]) in choices
        assert len(row.since) == len(row.days)


async def test_plans_change_while_certificates_are_issued_extended_and_scanned(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    clock.instant = LATER
    today = clock.now().date()
    await load_certificates(
        database, [today + timedelta(days=20 + number) for number in range(200)], ISSUED_ON
    )
    small = settings.model_copy(update={"scan_batch": 20})

    async def extend() -> None:
        window: dict[str, Any] = {
            "ends_from": today + timedelta(days=30),
            "ends_to": today + timedelta(days=90),
            "extended_by": "P1M",
            "reason": "Экзамены не проводились",
            "basis": "Решение агентства",
        }
        async with database.transaction() as session:
            context = commanding(session, clock, small)
            count = len(await preview_extension(context, ExtensionRequest(**window)))
            body = ConfirmedExtensionRequest(**window, count=count)
            await extend_certificates(context, body)

    async def change_plans() -> None:
        for revision in range(1, 7):
            thresholds = None if revision % 3 == 0 else [100 + revision, 45, 10 + revision]
            await tell_plan(consumer, clock, revision, thresholds)
            await follow_plan_at_last(Duties(database, clock, small))

    async def issue() -> None:
        for _ in range(10):
            await consumer.handle_record(delivery(approval(validity_term="P4M"), clock.now()))

    async def scan() -> None:
        for _ in range(4):
            await scan_due_notices(database, clock, small)

    await asyncio.gather(change_plans(), extend(), issue(), scan(), scan())
    await Duties(database, clock, small).follow_plan()
    await scan_due_notices(database, clock, small)
    missed = await rows(
        database,
        """
        SELECT c.number, c.next_notice_on, p.days FROM certificate c,
            plan_of(c.qualification_id, c.ends_on, c.planned_from) p
        WHERE (c.next_notice_on IS NULL OR c.next_notice_on > p.due_on)
          AND NOT EXISTS (SELECT FROM validity_notice n WHERE n.certificate_id = c.id
              AND n.generation = c.generation AND n.threshold_days = p.days)
        """,
    )
    assert missed == []
    (counts,) = await rows(
        database, "SELECT count(*) FILTER (WHERE generation = 1), count(*) FROM certificate"
    )
    assert tuple(counts) == (61, 210)
    assert await rows(database, "SELECT 1 FROM dead_letter") == []
