"""The registry's receipts for entries of the feed. None commits."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import Certificate
from services.certificates.registry.models import FeedEntry, Receipt
from services.certificates.registry.rules import RegistryAnswer, Subject
from services.certificates.registry.schemas import ReceiptRequest
from services.certificates.settings import CertificatesSettings
from shared.clock import civil_date
from shared.errors import Conflict, NotFound, RuleViolation
from shared.events.certificates import RegistrationEntered, RegistrationRefused
from shared.messaging import outbox
from shared.row_batches import RowOutcome, apply_rows


async def record_receipts(
    session: AsyncSession,
    receipts: Sequence[ReceiptRequest],
    actor: str,
    now: datetime,
    settings: CertificatesSettings,
) -> list[RowOutcome]:
    """Records the registry's receipts; a bad one is refused alone, a repeated one is ignored."""

    async def record_row(receipt: ReceiptRequest) -> bool:
        return await _record_receipt(session, receipt, actor, now, settings)

    return await apply_rows(session, receipts, record_row)


async def _record_receipt(
    session: AsyncSession,
    receipt: ReceiptRequest,
    actor: str,
    now: datetime,
    settings: CertificatesSettings,
) -> bool:
    """Returns whether the receipt is new.

    A refused entry may be entered later, never the reverse. Raises `NotFound` for an unknown
    position, `RuleViolation` for an impossible date, `Conflict` for another receipt after the
    entry.
    """
    query = select(FeedEntry).where(FeedEntry.position == receipt.position).with_for_update()
    entry = (await session.exec(query)).first()
    if entry is None:
        raise NotFound("receipt.unknown", "The feed has no such position.", field="/position")
    if receipt.entered_on is not None:
        earliest_day = civil_date(entry.recorded_at, settings.time_zone)
        today = civil_date(now, settings.time_zone)
        if not earliest_day <= receipt.entered_on <= today:
            raise RuleViolation(
                "receipt.entered_on",
                f"It was entered from {earliest_day} to {today}.",
                field="/entered_on",
            )
    receipts_query = select(Receipt).where(Receipt.position == receipt.position)
    latest_receipt = (
        await session.exec(receipts_query.order_by(col(Receipt.id).desc()).limit(1))
    ).first()
    if latest_receipt is not None and _is_repetition(latest_receipt, receipt):
        return False
    if entry.acknowledged:
        raise Conflict(
            "receipt.second", "The registry has entered it before, otherwise.", field="/position"
        )
    session.add(Receipt(**receipt.model_dump(), received_at=now, actor=actor))
    entry.acknowledged = receipt.outcome is RegistryAnswer.ENTERED
    await session.flush()
    await outbox.record_events(session, await _registration_event(session, entry, receipt), now=now)
    return True


def _is_repetition(stored_receipt: Receipt, receipt: ReceiptRequest) -> bool:
    """Whether the registry only repeats the entry's latest receipt."""
    return (
        stored_receipt.model_dump(include=set(ReceiptRequest.model_fields)) == receipt.model_dump()
    )


async def _registration_event(
    session: AsyncSession, entry: FeedEntry, receipt: ReceiptRequest
) -> RegistrationEntered | RegistrationRefused:
    """The domain event about the registry's answer."""
    application_id = entry.subject_id
    if entry.subject is Subject.CERTIFICATE:
        certificate = await session.get_one(Certificate, entry.subject_id)
        application_id = certificate.application_id
    fields = {
        "application_id": application_id,
        "subject_id": entry.subject_id,
        "subject": entry.subject,
        "event": entry.event,
        "position": receipt.position,
    }
    if receipt.outcome is RegistryAnswer.ENTERED:
        return RegistrationEntered.model_validate(
            {**fields, "record_number": receipt.record_number, "entered_on": receipt.entered_on}
        )
    return RegistrationRefused.model_validate({**fields, "reason": receipt.reason})
