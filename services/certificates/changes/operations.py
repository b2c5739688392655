"""Changes of a certificate after its issue: recorded, never overwritten. None commits.

`valid_until` stays the end as it was printed; `ends_on` is the end by all changes.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate import queries
from services.certificates.certificate.events import event_fields
from services.certificates.certificate.models import Certificate, CertificateChange
from services.certificates.certificate.operations import current_verdict
from services.certificates.certificate.standing import (
    FINAL_VERDICTS,
    VALID_VERDICTS,
    ChangeKind,
    Verdict,
)
from services.certificates.changes.schemas import AnnulmentRequest, MeasureRequest
from services.certificates.registry import feed
from services.certificates.registry.rules import FeedReason
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.rules import next_notice_on
from shared.clock import civil_date
from shared.errors import Conflict, RuleViolation
from shared.events.certificates import CertificateChanged
from shared.messaging import outbox

ENDED_VERDICTS = frozenset(FINAL_VERDICTS.values())


async def annul_certificate(
    session: AsyncSession,
    certificate_id: UUID,
    body: AnnulmentRequest,
    actor: str,
    now: datetime,
    settings: CertificatesSettings,
) -> Certificate:
    """Annuls a certificate that was issued in error: it never was valid.

    Raises `NotFound`, and `Conflict` when it is annulled already.
    """
    certificate = await queries.lock_certificate(session, certificate_id)
    if await current_verdict(session, certificate, now, settings) is Verdict.ANNULLED:
        raise Conflict("certificate.annulled", "The certificate is annulled already.")
    await record_change(
        session,
        [certificate],
        ChangeKind.ANNULLED,
        effective_on=certificate.issued_on,
        actor=actor,
        reason=body.reason,
        basis=body.basis,
        now=now,
        settings=settings,
    )
    return certificate


async def take_measure(
    session: AsyncSession,
    certificate_id: UUID,
    body: MeasureRequest,
    actor: str,
    now: datetime,
    settings: CertificatesSettings,
) -> Certificate:
    """Suspends, reinstates or withdraws a certificate (ISO/IEC 17024, 9.5), from today or later.

    Raises `NotFound`; `RuleViolation` when the settings do not allow these measures or the day
    is past; `Conflict` when the current verdict does not admit the measure.
    """
    if not settings.iso_measures:
        raise RuleViolation(
            "measure.off",
            "The national acts know no suspension and no withdrawal; the settings can admit them.",
        )
    certificate = await queries.lock_certificate(session, certificate_id)
    today = civil_date(now, settings.time_zone)
    if body.effective_on < today:
        raise RuleViolation(
            "measure.past", f"It takes effect on {today} or later.", field="/effective_on"
        )
    verdict = await current_verdict(session, certificate, now, settings)
    if verdict not in _ADMITTED_VERDICTS[body.kind]:
        raise Conflict("measure.standing", f"The certificate is {verdict}.", extra={"is": verdict})
    await record_change(
        session,
        [certificate],
        body.kind,
        effective_on=body.effective_on,
        actor=actor,
        reason=body.reason,
        basis=body.basis,
        now=now,
        settings=settings,
    )
    return certificate


_ADMITTED_VERDICTS = {
    ChangeKind.SUSPENDED: VALID_VERDICTS,
    ChangeKind.REINSTATED: frozenset({Verdict.SUSPENDED}),
    ChangeKind.WITHDRAWN: VALID_VERDICTS | {Verdict.SUSPENDED},
}
"""The standings from which each measure may be taken."""


async def record_change(
    session: AsyncSession,
    certificates: Sequence[Certificate],
    kind: ChangeKind,
    *,
    effective_on: date,
    actor: str,
    reason: str,
    now: datetime,
    settings: CertificatesSettings,
    basis: str | None = None,
    new_ends: Mapping[UUID, date] | None = None,
    successor: str | None = None,
    window: tuple[date, date] | None = None,
) -> None:
    """Records the same change of locked certificates, with feed entries and domain events.

    `new_ends` maps each certificate's id to its new end, for a change that moves the end; then
    the dates of the next notices follow it.
    """
    for certificate in certificates:
        valid_until = new_ends[certificate.id] if new_ends else None
        session.add(
            CertificateChange(
                certificate_id=certificate.id,
                kind=kind,
                effective_on=effective_on,
                recorded_at=now,
                actor=actor,
                reason=reason,
                basis=basis,
                valid_until=valid_until,
                successor=successor,
                window_from=window and window[0],
                window_to=window and window[1],
            )
        )
        _apply_change(certificate, kind, valid_until, settings)
    await session.flush()
    await feed.append_entries(session, certificates, FeedReason(kind.value), now)
    events = [
        CertificateChanged(
            **event_fields(certificate), kind=kind, effective_on=effective_on, successor=successor
        )
        for certificate in certificates
    ]
    await outbox.record_events(session, *events, now=now)


def _apply_change(
    certificate: Certificate,
    kind: ChangeKind,
    valid_until: date | None,
    settings: CertificatesSettings,
) -> None:
    """Moves the certificate's revision, end and next notice as the change demands."""
    certificate.revision += 1
    if valid_until is not None:
        certificate.ends_on = valid_until
        certificate.generation += 1
        thresholds = settings.renewal_thresholds_days
        certificate.next_notice_on = next_notice_on(valid_until, thresholds, ())
    elif kind in FINAL_VERDICTS:
        certificate.next_notice_on = None
