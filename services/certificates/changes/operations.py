"""What happens to a certificate after its issue: recorded, never overwritten. None commits.

The original end stays as it was printed; `ends_on` is the end by all changes.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate import queries
from services.certificates.certificate.events import facts
from services.certificates.certificate.models import Certificate, CertificateChange
from services.certificates.certificate.operations import present_verdict
from services.certificates.certificate.standing import FINAL, GOOD, ChangeKind, Verdict
from services.certificates.changes.schemas import Annulment, Measure
from services.certificates.registry import feed
from services.certificates.registry.rules import Event
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.rules import next_notice_on
from shared.clock import civil_date
from shared.errors import Conflict, RuleViolation
from shared.events.certificates import CertificateChanged
from shared.messaging import outbox

ENDED = frozenset(FINAL.values())


async def annul(
    session: AsyncSession,
    certificate_id: UUID,
    told: Annulment,
    actor: str,
    now: datetime,
    settings: CertificatesSettings,
) -> Certificate:
    """Annuls a certificate that was issued in error: it never was valid.

    Raises `NotFound`, and `Conflict` when it is annulled already.
    """
    certificate = await queries.locked(session, certificate_id)
    if await present_verdict(session, certificate, now, settings) is Verdict.ANNULLED:
        raise Conflict("certificate.annulled", "The certificate is annulled already.")
    await record(
        session,
        [certificate],
        ChangeKind.ANNULLED,
        effective_on=certificate.issued_on,
        actor=actor,
        reason=told.reason,
        basis=told.basis,
        now=now,
        settings=settings,
    )
    return certificate


async def take_measure(
    session: AsyncSession,
    certificate_id: UUID,
    told: Measure,
    actor: str,
    now: datetime,
    settings: CertificatesSettings,
) -> Certificate:
    """Suspends, reinstates or withdraws a certificate (ISO/IEC 17024, 9.5), from today or later.

    Raises `NotFound`, `RuleViolation` where these measures are off, `Conflict` when the present
    standing does not admit the measure.
    """
    if not settings.certificates_iso_measures:
        raise RuleViolation(
            "measure.off",
            "The national acts know no suspension and no withdrawal; the settings can admit them.",
        )
    certificate = await queries.locked(session, certificate_id)
    today = civil_date(now, settings.time_zone)
    if told.effective_on < today:
        raise RuleViolation(
            "measure.past", f"It takes effect on {today} or later.", field="/effective_on"
        )
    stands = await present_verdict(session, certificate, now, settings)
    if stands not in _ADMITTED[told.kind]:
        raise Conflict("measure.standing", f"The certificate is {stands}.", extra={"is": stands})
    await record(
        session,
        [certificate],
        told.kind,
        effective_on=told.effective_on,
        actor=actor,
        reason=told.reason,
        basis=told.basis,
        now=now,
        settings=settings,
    )
    return certificate


_ADMITTED = {
    ChangeKind.SUSPENDED: GOOD,
    ChangeKind.REINSTATED: frozenset({Verdict.SUSPENDED}),
    ChangeKind.WITHDRAWN: GOOD | {Verdict.SUSPENDED},
}
"""The standings from which each measure may be taken."""


async def record(
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
    ends: Mapping[UUID, date] | None = None,
    successor: str | None = None,
    window: tuple[date, date] | None = None,
) -> None:
    """Enters the same change of locked certificates and tells it; their notices follow.

    `ends` has the new end of each, where the change is one of the end.
    """
    for certificate in certificates:
        valid_until = ends[certificate.id] if ends else None
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
        _apply(certificate, kind, valid_until, settings)
    await session.flush()
    await feed.enter(session, certificates, Event(kind.value), now)
    events = [
        CertificateChanged(
            **facts(certificate), kind=kind, effective_on=effective_on, successor=successor
        )
        for certificate in certificates
    ]
    await outbox.record(session, *events, now=now)


def _apply(
    certificate: Certificate,
    kind: ChangeKind,
    valid_until: date | None,
    settings: CertificatesSettings,
) -> None:
    certificate.revision += 1
    if valid_until is not None:
        certificate.ends_on = valid_until
        certificate.generation += 1
        thresholds = settings.certificates_renewal_thresholds_days
        certificate.next_notice_on = next_notice_on(valid_until, thresholds, ())
    elif kind in FINAL:
        certificate.next_notice_on = None
