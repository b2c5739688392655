"""What the registry answers about the feed's entries. None commits."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import Certificate
from services.certificates.registry.models import FeedEntry, Receipt
from services.certificates.registry.rules import Outcome, Subject
from services.certificates.registry.schemas import ReceiptTold
from services.certificates.settings import CertificatesSettings
from shared.clock import civil_date
from shared.errors import Conflict, NotFound, RuleViolation
from shared.events.certificates import RegistrationEntered, RegistrationRefused
from shared.messaging import outbox
from shared.row_batches import RowOutcome, each_alone


async def receive(
    session: AsyncSession,
    told: Sequence[ReceiptTold],
    actor: str,
    now: datetime,
    settings: CertificatesSettings,
) -> list[RowOutcome]:
    """Keeps the registry's answers; a bad one is refused alone, a repeated one changes nothing."""

    async def received(row: ReceiptTold) -> bool:
        return await _receive(session, row, actor, now, settings)

    return await each_alone(session, told, received)


async def _receive(
    session: AsyncSession,
    told: ReceiptTold,
    actor: str,
    now: datetime,
    settings: CertificatesSettings,
) -> bool:
    """Whether the answer is new. A refused entry may be entered later, never the reverse."""
    query = select(FeedEntry).where(FeedEntry.position == told.position).with_for_update()
    entry = (await session.exec(query)).first()
    if entry is None:
        raise NotFound("receipt.unknown", "The feed has no such position.", field="/position")
    if told.entered_on is not None:
        first = civil_date(entry.recorded_at, settings.time_zone)
        today = civil_date(now, settings.time_zone)
        if not first <= told.entered_on <= today:
            raise RuleViolation(
                "receipt.entered_on",
                f"It was entered from {first} to {today}.",
                field="/entered_on",
            )
    known = select(Receipt).where(Receipt.position == told.position)
    last = (await session.exec(known.order_by(col(Receipt.id).desc()).limit(1))).first()
    if last is not None and _same(last, told):
        return False
    if entry.answered:
        raise Conflict(
            "receipt.second", "The registry has entered it before, otherwise.", field="/position"
        )
    session.add(Receipt(**told.model_dump(), received_at=now, actor=actor))
    entry.answered = told.outcome is Outcome.ENTERED
    await session.flush()
    await outbox.record(session, await _event(session, entry, told), now=now)
    return True


def _same(known: Receipt, told: ReceiptTold) -> bool:
    return known.model_dump(include=set(ReceiptTold.model_fields)) == told.model_dump()


async def _event(
    session: AsyncSession, entry: FeedEntry, told: ReceiptTold
) -> RegistrationEntered | RegistrationRefused:
    application_id = entry.subject_id
    if entry.subject is Subject.CERTIFICATE:
        certificate = await session.get_one(Certificate, entry.subject_id)
        application_id = certificate.application_id
    common = {
        "application_id": application_id,
        "record": entry.subject_id,
        "subject": entry.subject,
        "event": entry.event,
        "position": told.position,
    }
    if told.outcome is Outcome.ENTERED:
        return RegistrationEntered.model_validate(
            {**common, "record_number": told.record_number, "entered_on": told.entered_on}
        )
    return RegistrationRefused.model_validate({**common, "reason": told.reason})
