"""Changes of a certificate after its issue: recorded, never overwritten. None commits.

`valid_until` stays the end as it was printed; `ends_on` is the end by all changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.certificates.certificate.events import event_fields
from services.certificates.certificate.models import (
    Certificate,
    CertificateChange,
    PendingChange,
)
from services.certificates.certificate.operations import current_verdict
from services.certificates.certificate.queries import lock_certificate
from services.certificates.certificate.rules import WatchedChange
from services.certificates.certificate.standing import (
    ENDED_EARLY_VERDICTS,
    PROVING_VERDICTS,
    ChangeKind,
    Verdict,
)
from services.certificates.changes.schemas import (
    MeasureKind,
    MeasureRequest,
    ShorteningRequest,
)
from services.certificates.registry.feed import append_entries
from services.certificates.registry.rules import FeedReason
from services.certificates.renewal.operations import drop_untrue_windows
from services.certificates.settings import CertificatesContext
from services.certificates.validity.operations import follow_changes
from shared.errors import Conflict, RuleViolation
from shared.events.certificates import CertificateChanged
from shared.messaging import outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDetails:
    """The same change of one certificate or many: what, from which day, why, by what decision.

    `new_ends` has each certificate's new end by its id, for a change that moves the end; `window`
    is the first and last day between which the ends lay. `successor` is the number of the
    certificate that takes the place, `watched_instead` that of the one which watchers are led to,
    where it is another.
    """

    kind: ChangeKind
    effective_on: date
    reason: str
    basis: str | None = None
    decided_on: date | None = None
    new_ends: Mapping[UUID, date] = field(default_factory=dict)
    successor: str | None = None
    watched_instead: str | None = None
    window: tuple[date | None, date | None] = (None, None)


SUPERSESSION_REASON = "the qualification was confirmed again"
"""Why a certificate has a successor."""


async def shorten_certificate(
    context: CertificatesContext, certificate_id: UUID, body: ShorteningRequest
) -> Certificate:
    """Moves a certificate's end to an earlier day, today or later: nobody learns of it afterwards.

    Raises `NotFound`; `RuleViolation` for another day; `Conflict` when its verdict is final, or it
    has expired.
    """
    certificate = await lock_certificate(context.session, certificate_id)
    verdict = await current_verdict(context, certificate)
    if verdict in ENDED_EARLY_VERDICTS or certificate.ends_on < context.today:
        raise Conflict(
            "shortening.standing",
            f"The certificate is {verdict}.",
            extra={"is": verdict},
            values={"verdict": verdict},
        )
    if not context.today <= body.ends_on < certificate.ends_on:
        raise RuleViolation(
            "shortening.day",
            f"It ends on {certificate.ends_on}. Name a day before, from {context.today} on.",
            field="/ends_on",
            values={"today": context.today, "ends_on": certificate.ends_on},
        )
    details = ChangeDetails(
        kind=ChangeKind.SHORTENED,
        effective_on=context.today,
        reason=body.reason,
        basis=body.basis,
        new_ends={certificate.id: body.ends_on},
    )
    await record_change(context, [certificate], details)
    return certificate


async def take_measure(
    context: CertificatesContext, certificate_id: UUID, kind: MeasureKind, body: MeasureRequest
) -> Certificate:
    """Suspends, reinstates or withdraws a certificate (ISO/IEC 17024, 9.5), from today or later.

    Raises `NotFound`; `RuleViolation` when the settings do not allow these measures or the day
    is past; `Conflict` when the current verdict does not admit the measure.
    """
    if not context.settings.iso_measures:
        raise RuleViolation(
            "measure.off",
            "The national acts know no suspension and no withdrawal; the settings can admit them.",
        )
    certificate = await lock_certificate(context.session, certificate_id)
    if body.effective_on < context.today:
        raise RuleViolation(
            "measure.past",
            f"It takes effect on {context.today} or later.",
            field="/effective_on",
            values={"today": context.today},
        )
    verdict = await current_verdict(context, certificate)
    if verdict not in _ADMITTED_VERDICTS[kind]:
        raise Conflict(
            "measure.standing",
            f"The certificate is {verdict}.",
            extra={"is": verdict},
            values={"verdict": verdict},
        )
    await record_change(context, [certificate], ChangeDetails(kind=kind, **body.model_dump()))
    return certificate


_ADMITTED_VERDICTS = {
    ChangeKind.SUSPENDED: PROVING_VERDICTS,
    ChangeKind.REINSTATED: frozenset({Verdict.SUSPENDED}),
    ChangeKind.WITHDRAWN: PROVING_VERDICTS | {Verdict.SUSPENDED},
}
"""The standings from which each measure may be taken."""


async def record_change(
    context: CertificatesContext, certificates: Sequence[Certificate], details: ChangeDetails
) -> None:
    """Records the same change of locked certificates, with feed entries and domain events.

    The dates of the next notices, the windows of renewal and the events of rosters follow it.
    """
    for certificate in certificates:
        new_end = details.new_ends.get(certificate.id)
        context.session.add(_build_row(context, certificate.id, details, new_end))
        context.session.add(_build_pending_change(context, certificate, details))
        certificate.revision += 1
        certificate.ends_on = new_end or certificate.ends_on
    await context.session.flush()
    await follow_changes(context, certificates)
    await drop_untrue_windows(context, certificates)
    await append_entries(context, certificates, FeedReason(details.kind.value))
    events = [
        CertificateChanged(
            **event_fields(certificate),
            kind=details.kind,
            effective_on=details.effective_on,
            successor=details.successor,
        )
        for certificate in certificates
    ]
    await outbox.record_events(context.session, *events, now=context.now)


def _build_row(
    context: CertificatesContext, certificate_id: UUID, details: ChangeDetails, new_end: date | None
) -> CertificateChange:
    window_from, window_to = details.window
    return CertificateChange(
        certificate_id=certificate_id,
        kind=details.kind,
        effective_on=details.effective_on,
        recorded_at=context.now,
        actor=context.actor,
        reason=details.reason,
        basis=details.basis,
        decided_on=details.decided_on,
        ends_on=new_end,
        successor=details.successor,
        window_from=window_from,
        window_to=window_to,
    )


def _build_pending_change(
    context: CertificatesContext, certificate: Certificate, details: ChangeDetails
) -> PendingChange:
    """What watchers are told; to whom they are led, unless it is the one that was annulled."""
    is_led_on = details.kind is not ChangeKind.RESTORED
    return PendingChange(
        certificate_id=certificate.id,
        kind=_WATCHED_CHANGES[details.kind],
        effective_on=details.effective_on,
        successor=(details.watched_instead or details.successor) if is_led_on else None,
        recorded_at=context.now,
    )


_WATCHED_CHANGES = {
    ChangeKind.EXTENDED: WatchedChange.EXTENDED,
    ChangeKind.SHORTENED: WatchedChange.CORRECTED,
    ChangeKind.SUPERSEDED: WatchedChange.RENEWED,
    ChangeKind.RESTORED: WatchedChange.RESTORED,
    ChangeKind.CORRECTED: WatchedChange.CORRECTED,
    ChangeKind.ANNULLED: WatchedChange.ANNULLED,
    ChangeKind.SUSPENDED: WatchedChange.SUSPENDED,
    ChangeKind.REINSTATED: WatchedChange.REINSTATED,
    ChangeKind.WITHDRAWN: WatchedChange.WITHDRAWN,
}
"""As what watchers are told of each change."""
