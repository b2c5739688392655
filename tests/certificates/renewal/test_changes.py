"""Windows follow what happens to certificates, in one transaction; slots follow the windows."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from services.certificates.certificate.standing import ChangeKind
from services.certificates.changes.annulment import annul_certificate
from services.certificates.changes.extension import extend_certificates
from services.certificates.changes.operations import take_measure
from services.certificates.changes.schemas import (
    AnnulmentRequest,
    ConfirmedExtensionRequest,
    MeasureRequest,
)
from services.certificates.settings import CertificatesSettings
from shared.db import Database, execute
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import approval, commanding, delivery, rows
from tests.certificates.loads import load_certificates
from tests.certificates.renewal.cohorts import (
    ISSUED_ON,
    at_noon,
    count_by_day,
    declare,
    give_windows,
    read_slots,
    read_windows,
)
from tests.clock import ManualClock

END = date(2028, 9, 1)
TODAY = END - timedelta(days=210)
ANNULMENT = AnnulmentRequest(reason="Выдано по ошибке совета", basis="Протокол 5")


@pytest.fixture
async def cohort(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> list[UUID]:
    """Twelve certificates that end on one day, with windows of four a day."""
    await load_certificates(database, [END] * 12, ISSUED_ON)
    await declare(database, 4)
    clock.instant = at_noon(TODAY)
    await give_windows(database, settings, clock)
    return [row.id for row in await rows(database, "SELECT id FROM certificate ORDER BY number")]


def _extension(extended_by: str, count: int = 12) -> ConfirmedExtensionRequest:
    return ConfirmedExtensionRequest(
        ends_from=END,
        ends_to=END,
        extended_by=extended_by,
        reason="Экзамены не проводились",
        basis="Решение агентства",
        count=count,
    )


@pytest.mark.parametrize("kind", ["annulled", "withdrawn"])
async def test_an_end_drops_the_window_at_once_and_gives_its_place_back(
    cohort: list[UUID],
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    kind: str,
) -> None:
    strict = settings.model_copy(update={"iso_measures": True})
    async with database.transaction() as session:
        context = commanding(session, clock, strict)
        if kind == "annulled":
            await annul_certificate(context, cohort[0], ANNULMENT)
        else:
            body = MeasureRequest(effective_on=TODAY, reason="Надзор не пройден", basis="Акт 1")
            await take_measure(context, cohort[0], ChangeKind.WITHDRAWN, body)
    windows = await read_windows(database)
    assert cohort[0] not in {window.certificate_id for window in windows}
    assert len(windows) == 11
    await give_windows(database, settings, clock)
    assert count_by_day(await read_windows(database)) == await read_slots(database)
    assert await rows(database, "SELECT id FROM renewal_task") == []


async def test_a_suspension_keeps_the_window(
    cohort: list[UUID], database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    before = await read_windows(database)
    strict = settings.model_copy(update={"iso_measures": True})
    body = MeasureRequest(effective_on=TODAY, reason="Надзор не пройден", basis="Акт 1")
    async with database.transaction() as session:
        context = commanding(session, clock, strict)
        await take_measure(context, cohort[0], ChangeKind.SUSPENDED, body)
    await give_windows(database, settings, clock)
    assert await read_windows(database) == before


@pytest.mark.parametrize(("extended_by", "days_waited"), [("P1M", 0), ("P1Y", 365)])
async def test_an_extension_moves_the_windows_to_the_new_end(
    cohort: list[UUID],
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    extended_by: str,
    days_waited: int,
) -> None:
    """Where the day of the new end has passed, at once; else when it comes."""
    if extended_by == "P1M":  # the job has been where the new end is
        clock.instant = at_noon(TODAY + timedelta(days=31))
        await give_windows(database, settings, clock)
    async with database.transaction() as session:
        await extend_certificates(commanding(session, clock, settings), _extension(extended_by))
    assert await read_windows(database) == []
    await give_windows(database, settings, clock)
    if days_waited:
        assert await read_windows(database) == []
        assert await read_slots(database) == {}
        clock.advance(days=days_waited)
        await give_windows(database, settings, clock)
    (end,) = {row.ends_on for row in await rows(database, "SELECT ends_on FROM certificate")}
    windows = await read_windows(database)
    assert {window.generation for window in windows} == {1}
    assert len(windows) == 12
    assert max(window.ends_on for window in windows) == end - timedelta(
        days=45 + max((end - timedelta(days=45)).weekday() - 4, 0)
    )
    assert count_by_day(windows) == await read_slots(database)


async def test_a_new_end_draws_a_new_lot(
    cohort: list[UUID], database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    before = [window.certificate_id for window in await read_windows(database)]
    clock.instant = at_noon(TODAY + timedelta(days=31))
    async with database.transaction() as session:
        await extend_certificates(commanding(session, clock, settings), _extension("P1M"))
    await give_windows(database, settings, clock)
    assert [window.certificate_id for window in await read_windows(database)] != before


async def test_a_short_term_gets_its_window_at_once(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await give_windows(database, settings, clock)
    await consumer.handle_record(delivery(approval(validity_term="P4M"), clock.now()))
    await consumer.handle_record(delivery(approval(validity_term="P3Y"), clock.now()))
    await give_windows(database, settings, clock)
    (window,) = await read_windows(database)
    assert (
        clock.now().date() < window.starts_on < window.ends_on <= date(2026, 7, 2) - timedelta(45)
    )


async def test_a_recertification_drops_the_window_of_its_predecessor(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await consumer.handle_record(delivery(approval(), clock.now()))
    (first,) = await rows(database, "SELECT number, ends_on FROM certificate")
    clock.instant = at_noon(first.ends_on - timedelta(days=100))
    await give_windows(database, settings, clock)
    assert len(await read_windows(database)) == 1
    successor = approval().model_copy(update={"recertifies": first.number})
    await consumer.handle_record(delivery(successor, clock.now()))
    assert await read_windows(database) == []
    await give_windows(database, settings, clock)
    assert await read_slots(database) == {}


async def test_a_change_and_the_job_at_once_leave_no_false_window(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    """Whoever comes first: what the job gave to a certificate that was ending is settled."""
    await load_certificates(database, [END] * 30, ISSUED_ON)
    clock.instant = at_noon(TODAY)
    ids = [row.id for row in await rows(database, "SELECT id FROM certificate ORDER BY number")]

    async def annul_some() -> None:
        for certificate_id in ids[:10]:
            async with database.transaction() as session:
                await annul_certificate(
                    commanding(session, clock, settings), certificate_id, ANNULMENT
                )

    small = settings.model_copy(update={"renewal_batch": 3})
    await asyncio.gather(
        annul_some(), give_windows(database, small, clock), give_windows(database, small, clock)
    )
    await give_windows(database, settings, clock)
    windows = await read_windows(database)
    assert {window.certificate_id for window in windows} == set(ids[10:])
    assert count_by_day(windows) == await read_slots(database)


async def test_a_window_given_behind_an_open_change_is_settled(
    cohort: list[UUID], database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    """The job gives a window while the annulment is open and has looked for windows already."""
    async with database.transaction() as session:
        statement = text("DELETE FROM renewal_window WHERE certificate_id = :id")
        await execute(session, statement, {"id": cohort[0]})
        await execute(session, text("UPDATE job_state SET cursor = NULL"))
    async with database.transaction() as session:
        await annul_certificate(commanding(session, clock, settings), cohort[0], ANNULMENT)
        await asyncio.wait_for(give_windows(database, settings, clock), 20)
        assert len(await read_windows(database)) == 12
    await give_windows(database, settings, clock)
    assert len(await read_windows(database)) == 11


async def test_a_window_goes_with_its_certificate(cohort: list[UUID], database: Database) -> None:
    async with database.transaction() as session:
        await execute(session, text("DELETE FROM certificate WHERE id = :id"), {"id": cohort[0]})
    assert len(await read_windows(database)) == 11
