"""Duplicates of certificates (order 725n, items 17-27). None commits."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate import queries
from services.certificates.certificate.events import event_fields
from services.certificates.certificate.models import Duplicate
from services.certificates.certificate.operations import current_verdict
from services.certificates.certificate.schemas import PrintedCentre
from services.certificates.certificate.standing import VALID_VERDICTS
from services.certificates.documents import signature_block
from services.certificates.documents.schemas import DuplicateRequest
from services.certificates.registry import feed
from services.certificates.registry.rules import FeedReason
from services.certificates.settings import CertificatesSettings
from shared.clock import civil_date
from shared.errors import RuleViolation
from shared.events.certificates import CertificateDuplicated
from shared.messaging import outbox


async def issue_duplicate(
    session: AsyncSession,
    certificate_id: UUID,
    body: DuplicateRequest,
    actor: str,
    now: datetime,
    settings: CertificatesSettings,
) -> Duplicate:
    """Issues a duplicate: the certificate's number and content, its own date of issue.

    A duplicate proves what its certificate proves, so an invalid certificate gets none. Raises
    `NotFound`; `RuleViolation` for a wrong date of application or a certificate that is not
    valid.
    """
    certificate = await queries.lock_certificate(session, certificate_id)
    today = civil_date(now, settings.time_zone)
    if not certificate.issued_on <= body.applied_on <= today:
        raise RuleViolation(
            "duplicate.applied_on",
            f"The holder applied between {certificate.issued_on} and {today}.",
            field="/applied_on",
        )
    verdict = await current_verdict(session, certificate, now, settings)
    if verdict not in VALID_VERDICTS:
        raise RuleViolation(
            "duplicate.nothing", f"The certificate is {verdict}: a duplicate would prove nothing."
        )
    earlier_duplicates = (await queries.list_duplicates(session, [certificate.id]))[certificate.id]
    holder: dict[str, Any] = (
        earlier_duplicates[-1].holder if earlier_duplicates else certificate.holder
    )
    duplicate = Duplicate(
        certificate_id=certificate.id,
        ordinal=len(earlier_duplicates) + 1,
        ground=body.ground,
        basis=body.basis,
        applied_on=body.applied_on,
        issued_on=today,
        holder=body.holder.model_dump() if body.holder else holder,
        centre=await signature_block.get_printed_centre(
            session, PrintedCentre.model_validate(certificate.centre)
        ),
        issued_at=now,
        actor=actor,
    )
    session.add(duplicate)
    await session.flush()
    await feed.append_entries(session, [certificate], FeedReason.DUPLICATE_ISSUED, now)
    event = CertificateDuplicated(**event_fields(certificate), issued_on=today, ground=body.ground)
    await outbox.record_events(session, event, now=now)
    return duplicate
