"""Annulment, and what it takes back: that the certificate was another's successor. None commits."""

from uuid import UUID

from services.certificates.certificate.models import Certificate, CertificateChange
from services.certificates.certificate.operations import (
    build_timeline,
    current_verdict,
    verdict_by,
)
from services.certificates.certificate.queries import (
    get_certificate,
    list_changes,
    lock_certificates_by_number,
)
from services.certificates.certificate.standing import FINAL_VERDICTS, ChangeKind, Verdict
from services.certificates.changes.operations import (
    SUPERSESSION_REASON,
    ChangeDetails,
    record_change,
)
from services.certificates.changes.schemas import AnnulmentRequest
from services.certificates.settings import CertificatesContext
from shared.errors import Conflict


async def annul_certificate(
    context: CertificatesContext, certificate_id: UUID, body: AnnulmentRequest
) -> Certificate:
    """Annuls a certificate that was issued in error: it never was valid.

    So it never took the place of another, and the one that it followed is restored. Raises
    `NotFound`, and `Conflict` when it is annulled already.
    """
    certificate, predecessor = await _lock_with_predecessor(context, certificate_id)
    if await current_verdict(context, certificate) is Verdict.ANNULLED:
        raise Conflict("certificate.annulled", "The certificate is annulled already.")
    supersession = predecessor and await _find_supersession(context, predecessor, certificate)
    details = ChangeDetails(
        kind=ChangeKind.ANNULLED,
        effective_on=certificate.issued_on,
        reason=body.reason,
        basis=body.basis,
        watched_instead=predecessor.number if predecessor and supersession else None,
    )
    await record_change(context, [certificate], details)
    if predecessor and supersession:
        await _restore_predecessor(context, predecessor, supersession, body)
    return certificate


async def _lock_with_predecessor(
    context: CertificatesContext, certificate_id: UUID
) -> tuple[Certificate, Certificate | None]:
    """Locks a certificate, and the one that it follows, where there is one. Raises `NotFound`."""
    certificate = await get_certificate(context.session, certificate_id)
    numbers = [number for number in (certificate.number, certificate.recertifies) if number]
    rows = await lock_certificates_by_number(context.session, numbers)
    by_number = {row.number: row for row in rows}
    return by_number[certificate.number], by_number.get(certificate.recertifies or "")


async def _find_supersession(
    context: CertificatesContext, predecessor: Certificate, successor: Certificate
) -> CertificateChange | None:
    """By which change the successor took the place of a certificate that nothing else has ended."""
    changes = (await list_changes(context.session, [predecessor.id]))[predecessor.id]
    if verdict_by(context, predecessor, changes) in FINAL_VERDICTS:
        return None
    return next(
        (
            change
            for change in changes
            if change.kind is ChangeKind.SUPERSEDED and change.successor == successor.number
        ),
        None,
    )


async def _restore_predecessor(
    context: CertificatesContext,
    predecessor: Certificate,
    supersession: CertificateChange,
    body: AnnulmentRequest,
) -> None:
    """Takes a supersession back; where another successor stands, its own is told anew."""
    details = ChangeDetails(
        kind=ChangeKind.RESTORED,
        effective_on=supersession.effective_on,
        reason=body.reason,
        basis=body.basis,
        successor=supersession.successor,
    )
    await record_change(context, [predecessor], details)
    changes = (await list_changes(context.session, [predecessor.id]))[predecessor.id]
    timeline = build_timeline(context, predecessor, changes)
    other_supersession = timeline.supersession_on(context.today)
    if other_supersession is not None:
        details = ChangeDetails(
            kind=ChangeKind.SUPERSEDED,
            effective_on=other_supersession.effective_on,
            reason=SUPERSESSION_REASON,
            successor=other_supersession.successor,
        )
        await record_change(context, [predecessor], details)
