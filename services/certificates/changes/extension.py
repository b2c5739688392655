"""Extension of all certificates whose end lies in a window. None commits."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate import queries
from services.certificates.certificate.operations import verdict_by
from services.certificates.certificate.standing import ChangeKind
from services.certificates.changes.operations import ENDED_VERDICTS, record_change
from services.certificates.changes.schemas import ExtendedCertificate, ExtensionRequest
from services.certificates.settings import CertificatesSettings
from shared.clock import add_period, civil_date
from shared.errors import Conflict


async def preview_extension(
    session: AsyncSession, body: ExtensionRequest, now: datetime, settings: CertificatesSettings
) -> list[ExtendedCertificate]:
    """Lists every certificate whose end lies in the window, with the end it would get.

    Annulled, withdrawn and superseded certificates are left out. Nothing is changed.
    """
    selection = []
    async for certificates in queries.iterate_ending_certificates(
        session, body.ends_from, body.ends_to, BATCH_SIZE
    ):
        changes = await queries.list_changes(
            session, [certificate.id for certificate in certificates]
        )
        for certificate in certificates:
            if verdict_by(certificate, changes[certificate.id], now, settings) in ENDED_VERDICTS:
                continue
            selection.append(
                ExtendedCertificate(
                    id=certificate.id,
                    number=certificate.number,
                    valid_until=certificate.ends_on,
                    extended_to=add_period(certificate.ends_on, body.extended_by),
                )
            )
        session.expunge_all()  # a selection may be everything that there is
    return selection


async def extend_certificates(
    session: AsyncSession,
    body: ExtensionRequest,
    expected_count: int,
    actor: str,
    now: datetime,
    settings: CertificatesSettings,
) -> list[ExtendedCertificate]:
    """Extends every certificate of the selection, all or none, by the decision of the agency.

    `expected_count` is how many certificates the preview showed. Raises `Conflict` when the
    selection has changed since.
    """
    selection = await preview_extension(session, body, now, settings)
    if len(selection) != expected_count:
        raise Conflict(
            "extension.changed",
            f"The preview showed {expected_count} certificates; there are {len(selection)} now. "
            "Look at it again.",
            extra={"count": len(selection)},
        )
    today = civil_date(now, settings.time_zone)
    for offset in range(0, len(selection), BATCH_SIZE):
        batch = {item.id: item for item in selection[offset : offset + BATCH_SIZE]}
        certificates = await queries.lock_certificates(session, list(batch))
        if any(row.ends_on != batch[row.id].valid_until for row in certificates):
            raise Conflict("extension.changed", "A certificate has changed. Look again.")
        await record_change(
            session,
            certificates,
            ChangeKind.EXTENDED,
            effective_on=today,
            actor=actor,
            reason=body.reason,
            basis=body.basis,
            new_ends={item.id: item.extended_to for item in batch.values()},
            window=(body.ends_from, body.ends_to),
            now=now,
            settings=settings,
        )
        session.expunge_all()
    return selection


BATCH_SIZE = 500
"""Certificates that are changed by the same statements."""
