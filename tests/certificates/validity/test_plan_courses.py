"""Whatever councils and settings change, and when: the ledger is that of plain arithmetic."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as course_settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.certificates.changes.extension import extend_certificates, preview_extension
from services.certificates.changes.schemas import ConfirmedExtensionRequest, ExtensionRequest
from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.scan import scan_due_notices
from shared.db import Database, execute
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import commanding, rows
from tests.certificates.loads import load_certificates
from tests.certificates.validity.council_plans import tell_plan
from tests.certificates.validity.plan_arithmetic import (
    ReckonedCertificate,
    ReckonedLedger,
)
from tests.clock import ManualClock

FIRST_DAY = date(2028, 6, 1)
ISSUED_ON = date(2028, 5, 20)
QUALIFICATIONS = [UUID(int=number) for number in (1, 2, 3)]
ENDS = [FIRST_DAY + timedelta(days=days) for days in (4, 9, 16, 17, 33, 47, 80)]
CLEAR = (
    "DELETE FROM validity_notice",
    "DELETE FROM pending_change",
    "DELETE FROM certificate_change",
    "DELETE FROM certificate",
    "DELETE FROM council_plan",
    "DELETE FROM plan_walk",
    "DELETE FROM notice_plan WHERE qualification_id <> '00000000-0000-0000-0000-000000000000'",
    """UPDATE notice_plan SET days = '{180,90,30,7,0}', confirmed_until = NULL,
        since = array_fill(DATE '0001-01-01', ARRAY[5])""",
)
LEDGER = """
    SELECT number, threshold_days, due_on, noticed_on, reason FROM validity_notice
    JOIN certificate ON id = certificate_id
"""

THRESHOLDS = st.lists(
    st.sampled_from((3, 5, 7, 10, 14, 30, 45, 90)), min_size=1, max_size=4, unique=True
).map(lambda days: sorted(days, reverse=True))
ACTS = st.one_of(
    st.tuples(st.just("pass"), st.sampled_from((1, 1, 1, 2, 3, 11))),
    st.tuples(st.just("idle"), st.sampled_from((1, 2, 6))),
    st.tuples(st.just("default"), THRESHOLDS),
    st.tuples(st.just("council"), st.sampled_from(QUALIFICATIONS), st.none() | THRESHOLDS),
    st.tuples(st.just("stale"), st.sampled_from(QUALIFICATIONS), st.none() | THRESHOLDS),
    st.tuples(st.just("crash"), st.sampled_from([f"{q}-{n}" for q in "123" for n in range(1, 8)])),
    st.tuples(st.just("extend"), st.sampled_from(ENDS), st.sampled_from((1, 5, 30))),
)


@dataclass
class Course:
    """One course of events: in the database, and by plain arithmetic beside it."""

    database: Database
    consumer: Consumer
    clock: ManualClock
    settings: CertificatesSettings
    reckoned: ReckonedLedger
    revisions: Counter[UUID] = field(default_factory=Counter)
    refused_number: str = ""

    @property
    def today(self) -> date:
        """The civil day."""
        return self.clock.now().date()

    async def act(self, name: str, *values: Any) -> None:
        """Does one act, and what the scheduler does after it."""
        await getattr(self, f"_{name}")(*values)
        self.clock.advance(minutes=20)

    async def follow(self) -> None:
        """The scheduler's rounds: plans to the end, then the scan."""
        await Duties(self.database, self.clock, self.settings).follow_plan()
        await scan_due_notices(self.database, self.clock, self.settings)
        self.reckoned.scan(self.today)

    async def _pass(self, days: int) -> None:
        """The scheduler runs today, and again after so many days."""
        await self.follow()
        await self._idle(days)
        await self.follow()

    async def _idle(self, days: int) -> None:
        """Days without a scheduler."""
        self.clock.instant = datetime.combine(
            self.today + timedelta(days=days), datetime.min.time(), UTC
        )

    async def _default(self, thresholds: Sequence[int]) -> None:
        self.settings = self.settings.model_copy(
            update={"renewal_thresholds_days": tuple(thresholds)}
        )
        await self._change_plans()
        self.reckoned.change_default(thresholds, self.today)

    async def _council(self, qualification_id: UUID, thresholds: Sequence[int] | None) -> None:
        self.revisions[qualification_id] += 2
        event_id = uuid4()
        for _ in range(2):
            await tell_plan(
                self.consumer,
                self.clock,
                self.revisions[qualification_id],
                thresholds,
                qualification_id=qualification_id,
                event_id=event_id,
            )
        await self._change_plans()
        self.reckoned.change_own(qualification_id, thresholds, self.today)

    async def _stale(self, qualification_id: UUID, thresholds: Sequence[int] | None) -> None:
        """An older revision than the last, which comes behind it."""
        revision = self.revisions[qualification_id]
        if revision:
            await tell_plan(
                self.consumer,
                self.clock,
                revision - 1,
                thresholds,
                qualification_id=qualification_id,
            )

    async def _crash(self, number: str) -> None:
        """The next walk that would move this certificate's notice breaks off there."""
        self.refused_number = number

    async def _change_plans(self) -> None:
        """A round of the scheduler's job, which may break off in a walk."""
        refuse = "INSERT INTO refused VALUES (:number)"
        await _run(self.database, refuse, number=self.refused_number)
        try:
            await Duties(self.database, self.clock, self.settings).follow_plan()
        except DBAPIError as error:
            if "refused" not in str(error.orig):
                raise
        await _run(self.database, "DELETE FROM refused")
        self.refused_number = ""

    async def _extend(self, first_day: date, days: int) -> None:
        window: dict[str, Any] = {
            "ends_from": first_day,
            "ends_to": first_day + timedelta(days=14),
            "extended_by": f"P{days}D",
            "reason": "Экзамены не проводились",
            "basis": "Решение агентства",
        }
        async with self.database.transaction() as session:
            context = commanding(session, self.clock, self.settings)
            count = len(await preview_extension(context, ExtensionRequest(**window)))
            if count:
                body = ConfirmedExtensionRequest(**window, count=count)
                await extend_certificates(context, body)
        self.reckoned.extend(window["ends_from"], window["ends_to"], days, self.today)


async def _run(database: Database, *statements: str, **values: Any) -> None:
    async with database.transaction() as session:
        for statement in statements:
            await execute(session, text(statement), values)


async def _load(database: Database) -> list[ReckonedCertificate]:
    """Certificates of three qualifications, and the same for arithmetic."""
    certificates = []
    for place, qualification_id in enumerate(QUALIFICATIONS, 1):
        await load_certificates(
            database, ENDS, ISSUED_ON, name=str(place), qualification_id=qualification_id
        )
        certificates += [
            ReckonedCertificate(f"{place}-{number}", qualification_id, end, ISSUED_ON)
            for number, end in enumerate(ENDS, 1)
        ]
    return certificates


MISSED = """
    SELECT c.number, c.next_notice_on, p.days FROM certificate c,
        plan_of(c.qualification_id, c.ends_on, c.planned_from) p
    WHERE (c.next_notice_on IS NULL OR c.next_notice_on > p.due_on)
      AND NOT EXISTS (SELECT FROM validity_notice n WHERE n.certificate_id = c.id
          AND n.generation = c.generation AND n.threshold_days = p.days)
"""
CRASHING_WALKS = (
    "CREATE TABLE refused (number text)",
    """CREATE FUNCTION refuse_certificate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.number IN (SELECT number FROM refused) THEN RAISE 'refused'; END IF;
            RETURN NEW;
        END$$""",
    """CREATE TRIGGER refuse BEFORE UPDATE ON certificate
        FOR EACH ROW EXECUTE FUNCTION refuse_certificate()""",
)


@course_settings(
    max_examples=10,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=st.lists(ACTS, min_size=6, max_size=14))
async def test_the_ledger_is_that_of_plain_arithmetic_whatever_changes(
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    acts: list[tuple[Any, ...]],
) -> None:
    if not await rows(database, "SELECT 1 FROM pg_class WHERE relname = 'refused'"):
        await _run(database, *CRASHING_WALKS)
    await _run(database, *CLEAR)
    clock.instant = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    certificates = await _load(database)
    small = settings.model_copy(update={"scan_batch": 2})
    course = Course(database, consumer, clock, small, ReckonedLedger(certificates))
    for act in acts:
        await course.act(*act)
    await course.follow()
    assert sorted(tuple(row) for row in await rows(database, LEDGER)) == sorted(
        course.reckoned.entries
    )
    assert await rows(database, MISSED) == []
