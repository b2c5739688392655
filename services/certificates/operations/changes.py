"""What happens to a certificate after its issue: recorded, never overwritten. None commits.

The original end stays as it was printed; `ends_on` is the end by all changes.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.lifecycle.notices import next_notice_on
from services.certificates.lifecycle.records import Event
from services.certificates.lifecycle.standing import FINAL, GOOD, ChangeKind, Verdict, standing
from services.certificates.models import Certificate, CertificateChange
from services.certificates.operations import feed
from services.certificates.queries import certificates as queries
from services.certificates.schemas.certificates import Annulment, Extension, Measure, Selected
from services.certificates.settings import CertificatesSettings
from shared.clock import add_period, civil_date
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


async def preview(
    session: AsyncSession, wanted: Extension, now: datetime, settings: CertificatesSettings
) -> list[Selected]:
    """What an extension would do: every certificate whose end lies in the window, and its new end.

    Annulled, withdrawn and superseded ones are left out.
    """
    found = []
    async for ending in queries.ending(session, wanted.ends_from, wanted.ends_to, AT_ONCE):
        changes = await queries.changes(session, [certificate.id for certificate in ending])
        for certificate in ending:
            if _verdict(certificate, changes[certificate.id], now, settings) in ENDED:
                continue
            found.append(
                Selected(
                    id=certificate.id,
                    number=certificate.number,
                    valid_until=certificate.ends_on,
                    extended_to=add_period(certificate.ends_on, wanted.extended_by),
                )
            )
        session.expunge_all()  # a selection may be everything that there is
    return found


async def extend(
    session: AsyncSession,
    wanted: Extension,
    expected: int,
    actor: str,
    now: datetime,
    settings: CertificatesSettings,
) -> list[Selected]:
    """Extends every certificate of the selection, all or none, by the agency's decision.

    `expected` is how many the preview showed. Raises `Conflict` when there are others now.
    """
    selected = await preview(session, wanted, now, settings)
    if len(selected) != expected:
        raise Conflict(
            "extension.changed",
            f"The preview showed {expected} certificates; there are {len(selected)} now. "
            "Look at it again.",
            extra={"count": len(selected)},
        )
    today = civil_date(now, settings.time_zone)
    for first in range(0, len(selected), AT_ONCE):
        ends = {each.id: each for each in selected[first : first + AT_ONCE]}
        certificates = await queries.all_locked(session, list(ends))
        if any(row.ends_on != ends[row.id].valid_until for row in certificates):
            raise Conflict("extension.changed", "A certificate has changed. Look again.")
        await record(
            session,
            certificates,
            ChangeKind.EXTENDED,
            effective_on=today,
            actor=actor,
            reason=wanted.reason,
            basis=wanted.basis,
            ends={each.id: each.extended_to for each in ends.values()},
            window=(wanted.ends_from, wanted.ends_to),
            now=now,
            settings=settings,
        )
        session.expunge_all()
    return selected


AT_ONCE = 500
"""Certificates that are changed by the same statements."""


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


def facts(certificate: Certificate) -> dict[str, object]:
    """What every event about a certificate says."""
    return {
        "certificate_id": certificate.id,
        "number": certificate.number,
        "application_id": certificate.application_id,
        "qualification_id": certificate.qualification_id,
        "qualification_version": certificate.qualification_version,
        "valid_until": certificate.ends_on,
    }


async def present_verdict(
    session: AsyncSession, certificate: Certificate, now: datetime, settings: CertificatesSettings
) -> Verdict:
    """How a locked certificate stands now."""
    changes = await queries.changes(session, [certificate.id])
    return _verdict(certificate, changes[certificate.id], now, settings)


def _verdict(
    certificate: Certificate,
    changes: Sequence[CertificateChange],
    now: datetime,
    settings: CertificatesSettings,
) -> Verdict:
    return standing(
        certificate.issued_on,
        certificate.valid_until,
        [change.fact() for change in changes],
        civil_date(now, settings.time_zone),
        now,
        settings.expiring_days,
    ).verdict
