"""Extension of all certificates whose end lies in a window. None commits."""

from collections.abc import Sequence

from services.certificates.certificate.operations import verdict_by
from services.certificates.certificate.queries import (
    iterate_ending_certificates,
    list_changes,
    lock_certificates,
)
from services.certificates.certificate.standing import FINAL_VERDICTS, ChangeKind
from services.certificates.changes.operations import ChangeDetails, record_change
from services.certificates.changes.schemas import (
    ConfirmedExtensionRequest,
    ExtendedCertificate,
    ExtensionRequest,
)
from services.certificates.settings import CertificatesContext
from shared.clock import add_period
from shared.errors import Conflict


async def preview_extension(
    context: CertificatesContext, body: ExtensionRequest
) -> list[ExtendedCertificate]:
    """Lists every certificate whose end lies in the window, with the end it would get.

    Annulled, withdrawn and superseded certificates are left out. Nothing is changed.
    """
    session = context.session
    selection = []
    async for certificates in iterate_ending_certificates(
        session, body.ends_from, body.ends_to, BATCH_SIZE
    ):
        changes = await list_changes(session, [certificate.id for certificate in certificates])
        for certificate in certificates:
            if verdict_by(context, certificate, changes[certificate.id]) in FINAL_VERDICTS:
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
    context: CertificatesContext, body: ConfirmedExtensionRequest
) -> list[ExtendedCertificate]:
    """Extends every certificate of the selection, all or none, by the decision of the agency.

    Raises `Conflict` when the selection has changed since its preview was looked at.
    """
    selection = await preview_extension(context, body)
    if len(selection) != body.count:
        raise Conflict(
            "extension.changed",
            f"The preview showed {body.count} certificates; there are {len(selection)} now. "
            "Look at it again.",
            extra={"count": len(selection)},
        )
    for offset in range(0, len(selection), BATCH_SIZE):
        await _extend_batch(context, body, selection[offset : offset + BATCH_SIZE])
    return selection


async def _extend_batch(
    context: CertificatesContext, body: ExtensionRequest, batch: Sequence[ExtendedCertificate]
) -> None:
    """Raises `Conflict` when the end of one was moved after the selection was read."""
    items = {item.id: item for item in batch}
    certificates = await lock_certificates(context.session, list(items))
    if any(row.ends_on != items[row.id].valid_until for row in certificates):
        raise Conflict("extension.changed", "A certificate has changed. Look again.")
    details = ChangeDetails(
        kind=ChangeKind.EXTENDED,
        effective_on=context.today,
        reason=body.reason,
        basis=body.basis,
        new_ends={item.id: item.extended_to for item in batch},
        window=(body.ends_from, body.ends_to),
    )
    await record_change(context, certificates, details)
    context.session.expunge_all()


BATCH_SIZE = 500
"""Certificates that are changed by the same statements."""
