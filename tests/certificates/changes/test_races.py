"""Changes that meet: each decision is taken on what was looked at, and none waits for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from uuid import UUID

import pytest

from services.certificates.certificate.queries import lock_certificate
from services.certificates.certificate.standing import ChangeKind
from services.certificates.changes import extension
from services.certificates.changes.annulment import annul_certificate
from services.certificates.changes.operations import take_measure
from services.certificates.changes.schemas import (
    AnnulmentRequest,
    ConfirmedExtensionRequest,
    MeasureRequest,
)
from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesContext, CertificatesSettings
from services.certificates.validity.scan import scan_due_notices
from shared.db import Database
from shared.errors import Conflict
from tests.certificates.approvals import commanding, rows
from tests.certificates.loads import load_certificates
from tests.certificates.validity.council_plans import follow_plan_at_last
from tests.clock import ManualClock
from tests.conditions import eventually

REASON = {"reason": "Экзамены не проводились", "basis": "Решение агентства"}
LAST_DAY = date(2029, 3, 2)
ISSUED_ON = date(2026, 3, 2)


def _extension(count: int, first_day: date = LAST_DAY) -> ConfirmedExtensionRequest:
    return ConfirmedExtensionRequest(
        ends_from=first_day, ends_to=date(2029, 12, 31), extended_by="P1M", count=count, **REASON
    )


async def _ids(database: Database) -> list[UUID]:
    return [row.id for row in await rows(database, "SELECT id FROM certificate ORDER BY number")]


async def _is_waiting(database: Database) -> bool:
    query = "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype <> 'advisory'"
    return bool(await rows(database, query))


async def _annul(context: CertificatesContext, certificate_id: UUID) -> None:
    await annul_certificate(context, certificate_id, AnnulmentRequest(**REASON))


async def _suspend(context: CertificatesContext, certificate_id: UUID) -> None:
    measure = {**REASON, "effective_on": context.today}
    body = MeasureRequest.model_validate(measure)
    await take_measure(context, certificate_id, ChangeKind.SUSPENDED, body)


@pytest.mark.parametrize("change", [_annul, _suspend])
async def test_what_changes_between_look_and_lock_stops_the_extension(
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    change: Callable[[CertificatesContext, UUID], Awaitable[None]],
) -> None:
    await load_certificates(database, [LAST_DAY] * 3, ISSUED_ON)
    certificate_id = (await _ids(database))[1]
    iso_settings = settings.model_copy(update={"iso_measures": True})

    async def extend() -> None:
        async with database.transaction() as session:
            context = commanding(session, clock, iso_settings)
            await extension.extend_certificates(context, _extension(3))

    async with database.transaction() as session:
        await lock_certificate(session, certificate_id)
        extending = asyncio.ensure_future(extend())
        await eventually(lambda: _is_waiting(database), "the extension has looked, and waits")
        await change(commanding(session, clock, iso_settings), certificate_id)
    with pytest.raises(Conflict, match="changed"):
        await extending
    kinds = [row.kind for row in await rows(database, "SELECT kind FROM certificate_change")]
    assert kinds == ["annulled" if change is _annul else "suspended"], "all of them or none"


async def test_extensions_that_overlap_take_turns_and_neither_is_broken_off(
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extension, "BATCH_SIZE", 7)  # several batches, in the order of the ends
    ends = [LAST_DAY + timedelta(days=day % 13) for day in range(60)]
    await load_certificates(database, ends, ISSUED_ON)

    async def extend(first_day: date) -> int:
        count = sum(end >= first_day for end in ends)
        async with database.transaction() as session:
            context = commanding(session, clock, settings)
            await extension.extend_certificates(context, _extension(count, first_day))
            return count

    counts = await asyncio.gather(
        *(extend(LAST_DAY + timedelta(days=day)) for day in (0, 3)), return_exceptions=True
    )
    refusals = [error for error in counts if isinstance(error, BaseException)]
    assert [type(error) for error in refusals] in ([], [Conflict]), "no deadlock"
    moved = await rows(database, "SELECT count(*) AS count FROM certificate_change")
    assert moved[0].count == sum(count for count in counts if isinstance(count, int)) > 0


async def test_an_extension_a_change_of_plan_and_scans_at_once_leave_what_one_by_one_leaves(
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extension, "BATCH_SIZE", 7)
    await load_certificates(
        database, [LAST_DAY + timedelta(days=day % 9) for day in range(90)], ISSUED_ON
    )
    added = settings.model_copy(
        update={"renewal_thresholds_days": (180, 120, 90, 30, 7), "scan_batch": 5}
    )
    clock.advance(days=1000)  # 96 to 104 days before the ends

    async def extend() -> None:
        async with database.transaction() as session:
            await extension.extend_certificates(commanding(session, clock, added), _extension(90))

    await asyncio.gather(
        extend(),
        follow_plan_at_last(Duties(database, clock, added)),
        *(scan_due_notices(database, clock, added) for _ in range(2)),
    )
    await scan_due_notices(database, clock, added)
    certificates = await rows(
        database, "SELECT ends_on, generation, planned_from, next_notice_on FROM certificate"
    )
    today = clock.now().date()
    for row in certificates:
        assert (row.generation, row.planned_from) == (1, today)
        assert row.next_notice_on == row.ends_on - timedelta(days=120)
    ledger = await rows(
        database, "SELECT generation, threshold_days, count(*) FROM validity_notice GROUP BY 1, 2"
    )
    assert {row[0] for row in ledger} <= {0}, "only the old ends' notices were due"
