"""Notices that a certificate's validity calls for: recorded once each. None commits."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from services.certificates.certificate.events import event_fields
from services.certificates.certificate.models import Certificate, CertificateChange
from services.certificates.certificate.queries import list_changes
from services.certificates.certificate.standing import FINAL_CHANGES
from services.certificates.settings import CertificatesContext
from services.certificates.validity.models import ValidityNotice
from services.certificates.validity.queries import (
    list_recorded_notices,
    lock_certificates_after,
    lock_due_certificates,
)
from services.certificates.validity.rules import Notice, NoticeKind, due_notices, next_notice_on
from shared.events.certificates import CertificateEvent, CertificateExpired, CertificateRenewalDue
from shared.messaging import outbox


def schedule_notices(
    certificate: Certificate,
    thresholds: Sequence[int],
    changes: Collection[CertificateChange] = (),
    recorded_notices: Collection[Notice] = (),
) -> None:
    """Sets the date of the certificate's next notice: nothing else does.

    `thresholds` are days before the end; `changes` are all that were recorded of it,
    `recorded_notices` those about its present end. A certificate that was annulled, withdrawn or
    superseded, or will be, gets no further notice.
    """
    certificate.next_notice_on = (
        None
        if _has_final_change(changes)
        else next_notice_on(certificate.ends_on, thresholds, recorded_notices)
    )


async def follow_changes(context: CertificatesContext, certificates: Sequence[Certificate]) -> None:
    """Counts the ends that locked certificates have had, and schedules their next notices.

    Each end has notices of its own: they are kept under its `generation`, which only this sets.
    """
    changes = await list_changes(context.session, [certificate.id for certificate in certificates])
    for certificate in certificates:
        certificate.generation = sum(
            change.valid_until is not None for change in changes[certificate.id]
        )
    notices = await list_recorded_notices(context.session, certificates)
    for certificate in certificates:
        schedule_notices(
            certificate,
            context.settings.renewal_thresholds_days,
            changes[certificate.id],
            notices[certificate.id],
        )
    await context.session.flush()


async def record_due_notices(context: CertificatesContext) -> int:
    """Records one batch of due notices; returns how many certificates it visited, 0 at the end.

    Every notice whose day has come and that the ledger lacks is recorded with its event, also
    after days without a scan; then the certificate waits for the date of its next notice.
    """
    session, settings = context.session, context.settings
    certificates = await lock_due_certificates(session, context.today, settings.scan_batch)
    changes = await list_changes(session, [certificate.id for certificate in certificates])
    notices_by_certificate = await list_recorded_notices(session, certificates)
    for certificate in certificates:
        recorded_notices = notices_by_certificate[certificate.id]
        if not _has_final_change(changes[certificate.id]):
            await _record_missing_notices(context, certificate, recorded_notices)
        schedule_notices(
            certificate,
            settings.renewal_thresholds_days,
            changes[certificate.id],
            recorded_notices,
        )
    await session.flush()
    return len(certificates)


async def reschedule_notices(context: CertificatesContext, after_id: UUID | None) -> UUID | None:
    """Recomputes the next notice's date of one batch from the thresholds of the settings.

    Returns the last id of the batch, None when the batch was empty.
    """
    certificates = await lock_certificates_after(
        context.session, after_id, context.settings.scan_batch
    )
    await follow_changes(context, certificates)
    return certificates[-1].id if certificates else None


def _has_final_change(changes: Collection[CertificateChange]) -> bool:
    """Whether one of the changes ends the certificate for good."""
    return any(change.kind in FINAL_CHANGES for change in changes)


async def _record_missing_notices(
    context: CertificatesContext, certificate: Certificate, recorded_notices: set[Notice]
) -> None:
    """Records the notices that are due and not among these, and adds them."""
    thresholds = context.settings.renewal_thresholds_days
    for notice in due_notices(certificate.ends_on, context.today, thresholds):
        if notice not in recorded_notices:
            await _record_notice(context, certificate, notice)
            recorded_notices.add(notice)


async def _record_notice(
    context: CertificatesContext, certificate: Certificate, notice: Notice
) -> None:
    """Enters the notice into the ledger and records its event."""
    entry = {
        "certificate_id": certificate.id,
        "kind": notice.kind,
        "threshold_days": notice.threshold_days,
        "generation": certificate.generation,
        "noticed_on": context.today,
        "recorded_at": context.now,
    }
    await context.session.exec(insert(ValidityNotice).values(entry))
    fields = event_fields(certificate)
    event: CertificateEvent = (
        CertificateExpired(**fields, noticed_on=context.today)
        if notice.kind == NoticeKind.EXPIRED
        else CertificateRenewalDue(
            **fields, noticed_on=context.today, threshold_days=notice.threshold_days
        )
    )
    await outbox.record_events(context.session, event, now=context.now)
