"""Annulment, and what it takes back: that the certificate was another's successor. None commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.certificates.certificate.models import Certificate, CertificateChange
from services.certificates.certificate.operations import (
    build_timeline,
    current_verdict,
    verdict_by,
)
from services.certificates.certificate.queries import (
    find_recertified_number,
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
    certificate, predecessors = await _lock_with_predecessors(context, certificate_id)
    if await current_verdict(context, certificate) is Verdict.ANNULLED:
        raise Conflict("certificate.annulled", "The certificate is annulled already.")
    supersession = await _find_supersession(context, predecessors, certificate)
    details = ChangeDetails(
        kind=ChangeKind.ANNULLED,
        effective_on=certificate.issued_on,
        reason=body.reason,
        basis=body.basis,
        watched_instead=supersession.predecessor.number if supersession else None,
    )
    await record_change(context, [certificate], details)
    if supersession:
        await _restore_predecessor(context, supersession, certificate, body)
    return certificate


@dataclass(frozen=True, slots=True)
class _Supersession:
    """The change by which a certificate took the place of another."""

    predecessor: Certificate
    change: CertificateChange


async def _lock_with_predecessors(
    context: CertificatesContext, certificate_id: UUID
) -> tuple[Certificate, list[Certificate]]:
    """Locks a certificate and all before it, that which it follows first. Raises `NotFound`."""
    certificate = await get_certificate(context.session, certificate_id)
    numbers, number = [certificate.number], certificate.recertifies
    while number is not None and number not in numbers:
        numbers.append(number)
        number = await find_recertified_number(context.session, number)
    rows = await lock_certificates_by_number(context.session, numbers)
    by_number = {row.number: row for row in rows}
    predecessors = [by_number[number] for number in numbers[1:] if number in by_number]
    return by_number[certificate.number], predecessors


async def _find_supersession(
    context: CertificatesContext, predecessors: Sequence[Certificate], successor: Certificate
) -> _Supersession | None:
    """Whose place the successor took, and by which change; nobody's that something else ended."""
    changes = await list_changes(context.session, [row.id for row in predecessors])
    for predecessor in predecessors:
        if verdict_by(context, predecessor, changes[predecessor.id]) in FINAL_VERDICTS:
            continue
        for change in changes[predecessor.id]:
            if change.kind is ChangeKind.SUPERSEDED and change.successor == successor.number:
                return _Supersession(predecessor, change)
    return None


async def _restore_predecessor(
    context: CertificatesContext,
    supersession: _Supersession,
    successor: Certificate,
    body: AnnulmentRequest,
) -> None:
    """Takes a supersession back; where another successor stands, its own is told anew.

    Another one is also that of the annulled successor: its holder has a newer certificate still.
    """
    predecessor = supersession.predecessor
    details = ChangeDetails(
        kind=ChangeKind.RESTORED,
        effective_on=supersession.change.effective_on,
        reason=body.reason,
        basis=body.basis,
        successor=successor.number,
    )
    await record_change(context, [predecessor], details)
    changes = await list_changes(context.session, [predecessor.id, successor.id])
    standing_supersessions = (
        build_timeline(context, row, changes[row.id]).supersession_on(context.today)
        for row in (predecessor, successor)
    )
    other_supersession = next(filter(None, standing_supersessions), None)
    if other_supersession is not None:
        details = ChangeDetails(
            kind=ChangeKind.SUPERSEDED,
            effective_on=other_supersession.effective_on,
            reason=SUPERSESSION_REASON,
            successor=other_supersession.successor,
        )
        await record_change(context, [predecessor], details)
