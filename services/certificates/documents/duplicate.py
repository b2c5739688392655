"""Duplicates of certificates (order 725n, items 17-27). None commits."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate import queries
from services.certificates.certificate.events import facts
from services.certificates.certificate.models import Duplicate
from services.certificates.certificate.operations import present_verdict
from services.certificates.certificate.schemas import Centre
from services.certificates.certificate.standing import GOOD
from services.certificates.documents import signature_block
from services.certificates.documents.schemas import DuplicateAsked
from services.certificates.registry import feed
from services.certificates.registry.rules import Event
from services.certificates.settings import CertificatesSettings
from shared.clock import civil_date
from shared.errors import RuleViolation
from shared.events.certificates import CertificateDuplicated
from shared.messaging import outbox


async def issue(
    session: AsyncSession,
    certificate_id: UUID,
    asked: DuplicateAsked,
    actor: str,
    now: datetime,
    settings: CertificatesSettings,
) -> Duplicate:
    """A duplicate: the certificate's number and content, a date of issue of its own.

    A duplicate proves what its certificate proves, so there is none of one that proves nothing any
    more. Raises `NotFound`, `RuleViolation`.
    """
    certificate = await queries.locked(session, certificate_id)
    today = civil_date(now, settings.time_zone)
    if not certificate.issued_on <= asked.applied_on <= today:
        raise RuleViolation(
            "duplicate.applied_on",
            f"The holder applied between {certificate.issued_on} and {today}.",
            field="/applied_on",
        )
    stands = await present_verdict(session, certificate, now, settings)
    if stands not in GOOD:
        raise RuleViolation(
            "duplicate.nothing", f"The certificate is {stands}: a duplicate would prove nothing."
        )
    before = (await queries.duplicates(session, [certificate.id]))[certificate.id]
    holder: dict[str, Any] = before[-1].holder if before else certificate.holder
    row = Duplicate(
        certificate_id=certificate.id,
        ordinal=len(before) + 1,
        ground=asked.ground,
        basis=asked.basis,
        applied_on=asked.applied_on,
        issued_on=today,
        holder=asked.holder.model_dump() if asked.holder else holder,
        centre=await signature_block.printed(session, Centre.model_validate(certificate.centre)),
        issued_at=now,
        actor=actor,
    )
    session.add(row)
    await session.flush()
    await feed.enter(session, [certificate], Event.DUPLICATE_ISSUED, now)
    event = CertificateDuplicated(**facts(certificate), issued_on=today, ground=asked.ground)
    await outbox.record(session, event, now=now)
    return row
