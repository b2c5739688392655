"""Duplicates of certificates (order 725n, items 17-27). None commits."""

from collections.abc import Sequence
from uuid import UUID

from services.certificates.certificate.events import event_fields
from services.certificates.certificate.models import Certificate, Duplicate
from services.certificates.certificate.operations import current_verdict
from services.certificates.certificate.queries import list_duplicates, lock_certificate
from services.certificates.certificate.standing import PROVING_VERDICTS
from services.certificates.changes.corrections import correct_names
from services.certificates.documents.schemas import DuplicateRequest
from services.certificates.documents.signature_block import get_printed_centre
from services.certificates.registry.feed import append_entries
from services.certificates.registry.rules import FeedReason
from services.certificates.settings import CertificatesContext
from shared.errors import AlreadyExists, RuleViolation
from shared.events.applications import Holder
from shared.events.certificates import CertificateDuplicated
from shared.messaging import outbox


async def issue_duplicate(
    context: CertificatesContext, certificate_id: UUID, body: DuplicateRequest
) -> Duplicate:
    """Issues a duplicate: the certificate's number and content, its own date of issue.

    A duplicate proves what its certificate proves, so an invalid certificate gets none. Raises
    `NotFound`; `RuleViolation` for a wrong date of application or a certificate that is not
    valid; `AlreadyExists` for an application by which one was issued before.
    """
    session = context.session
    certificate = await lock_certificate(session, certificate_id)
    if not certificate.issued_on <= body.applied_on <= context.today:
        raise RuleViolation(
            "duplicate.applied_on",
            f"The holder applied between {certificate.issued_on} and {context.today}.",
            field="/applied_on",
            values={"earliest": certificate.issued_on, "today": context.today},
        )
    verdict = await current_verdict(context, certificate)
    if verdict not in PROVING_VERDICTS:
        raise RuleViolation(
            "duplicate.nothing",
            f"The certificate is {verdict}: a duplicate would prove nothing.",
            values={"verdict": verdict},
        )
    duplicates = (await list_duplicates(session, [certificate.id]))[certificate.id]
    _check_new(duplicates, body)
    duplicate = await _build_duplicate(context, certificate, duplicates, body)
    session.add(duplicate)
    await session.flush()
    await append_entries(context, [certificate], FeedReason.DUPLICATE_ISSUED)
    event = CertificateDuplicated(
        **event_fields(certificate), issued_on=duplicate.issued_on, ground=body.ground
    )
    await outbox.record_events(session, event, now=context.now)
    return duplicate


def _check_new(duplicates: Sequence[Duplicate], body: DuplicateRequest) -> None:
    """Raises `AlreadyExists` for an application that asks, word for word, for one of these."""
    new_holder = Holder(**body.holder.model_dump()) if body.holder else None
    for duplicate in duplicates:
        is_same = (duplicate.ground, duplicate.basis, duplicate.applied_on) == (
            *(body.ground, body.basis, body.applied_on),
        )
        if is_same and new_holder in (None, duplicate.holder):
            raise AlreadyExists(
                "duplicate.again",
                f"Duplicate {duplicate.ordinal} was issued by the same application.",
                extra={"ordinal": duplicate.ordinal},
                values={"ordinal": duplicate.ordinal},
            )


async def _build_duplicate(
    context: CertificatesContext,
    certificate: Certificate,
    duplicates: Sequence[Duplicate],
    body: DuplicateRequest,
) -> Duplicate:
    """The next duplicate, with the names of the one before, as corrected, unless there are new."""
    holder = certificate.holder
    if duplicates:
        last = duplicates[-1]
        holder = await correct_names(
            context.session, certificate.id, last.holder, since=last.issued_at
        )
    return Duplicate(
        certificate_id=certificate.id,
        ordinal=len(duplicates) + 1,
        ground=body.ground,
        basis=body.basis,
        applied_on=body.applied_on,
        issued_on=context.today,
        holder=Holder(**body.holder.model_dump()) if body.holder else holder,
        centre=await get_printed_centre(context.session, certificate.centre),
        issued_at=context.now,
        actor=context.actor,
    )
