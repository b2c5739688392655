"""The registry's receipts for entries of the feed. None commits."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import Certificate
from services.certificates.registry.models import FeedEntry, Receipt
from services.certificates.registry.rules import RegistryAnswer, Subject
from services.certificates.registry.schemas import ReceiptRequest
from services.certificates.settings import CertificatesContext
from shared.clock import civil_date
from shared.errors import Conflict, NotFound, RuleViolation
from shared.events.certificates import RegistrationEntered, RegistrationRefused
from shared.locale.translator import Translator
from shared.messaging import outbox
from shared.row_batches import RowOutcome, apply_rows


async def record_receipts(
    context: CertificatesContext, receipts: Sequence[ReceiptRequest], t: Translator
) -> list[RowOutcome]:
    """Records the registry's receipts; a bad one is refused alone, a repeated one is ignored."""

    async def record_row(receipt: ReceiptRequest) -> bool:
        return await _record_receipt(context, receipt)

    position = col(FeedEntry.position)
    positions = [receipt.position for receipt in receipts]
    entries = select(position).where(position.in_(positions)).order_by(position)
    await context.session.exec(entries.with_for_update())
    return await apply_rows(context.session, receipts, record_row, t)


async def _record_receipt(context: CertificatesContext, receipt: ReceiptRequest) -> bool:
    """Returns whether the receipt is new.

    A refused entry may be entered later, never the reverse. Raises `NotFound` for an unknown
    position, `RuleViolation` for an impossible date, `Conflict` for another receipt after the
    entry.
    """
    session = context.session
    query = select(FeedEntry).where(FeedEntry.position == receipt.position).with_for_update()
    entry = (await session.exec(query)).first()
    if entry is None:
        raise NotFound("receipt.unknown", "The feed has no such position.", field="/position")
    _check_entered_on(context, entry, receipt)
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
    session.add(Receipt(**receipt.model_dump(), received_at=context.now, actor=context.actor))
    entry.acknowledged = receipt.outcome is RegistryAnswer.ENTERED
    await session.flush()
    event = await _registration_event(session, entry, receipt)
    await outbox.record_events(session, event, now=context.now)
    return True


def _check_entered_on(
    context: CertificatesContext, entry: FeedEntry, receipt: ReceiptRequest
) -> None:
    """Raises `RuleViolation` for a day before the entry was written, or one to come."""
    earliest_day = civil_date(entry.recorded_at, context.settings.time_zone)
    if receipt.entered_on is not None and not (earliest_day <= receipt.entered_on <= context.today):
        raise RuleViolation(
            "receipt.entered_on",
            f"It was entered from {earliest_day} to {context.today}.",
            field="/entered_on",
            values={"earliest": earliest_day, "today": context.today},
        )


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
        "version": entry.version,
        "position": receipt.position,
    }
    if receipt.outcome is RegistryAnswer.ENTERED:
        return RegistrationEntered.model_validate(
            {**fields, "record_number": receipt.record_number, "entered_on": receipt.entered_on}
        )
    return RegistrationRefused.model_validate({**fields, "reason": receipt.reason})
