"""Extension of all certificates whose end lies in a window. None commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.certificates.certificate.operations import verdict_by
from services.certificates.certificate.queries import (
    iterate_ending_certificates,
    list_changes,
    lock_certificates,
    lock_many_certificates,
)
from services.certificates.certificate.standing import FINAL_VERDICTS, ChangeKind
from services.certificates.changes.operations import ChangeDetails, record_change
from services.certificates.changes.schemas import (
    ConfirmedExtensionRequest,
    ExtendedCertificate,
    ExtensionRequest,
)
from services.certificates.settings import CertificatesContext
from services.certificates.validity.plan import share_plan
from shared.clock import add_period
from shared.errors import Conflict


async def preview_extension(
    context: CertificatesContext, body: ExtensionRequest
) -> list[ExtendedCertificate]:
    """Lists every certificate whose end lies in the window, with the end it would get.

    Annulled, withdrawn and superseded certificates are left out. Nothing is changed.
    """
    return (await _select_certificates(context, body)).certificates


@dataclass(frozen=True, slots=True)
class _Selection:
    """The certificates that an extension moves, and the revision in which each was looked at."""

    certificates: list[ExtendedCertificate] = field(default_factory=list)
    revisions: dict[UUID, int] = field(default_factory=dict)


async def _select_certificates(context: CertificatesContext, body: ExtensionRequest) -> _Selection:
    session = context.session
    selection = _Selection()
    async for certificates in iterate_ending_certificates(
        session, body.ends_from, body.ends_to, BATCH_SIZE
    ):
        changes = await list_changes(session, [certificate.id for certificate in certificates])
        for certificate in certificates:
            if verdict_by(context, certificate, changes[certificate.id]) in FINAL_VERDICTS:
                continue
            selection.revisions[certificate.id] = certificate.revision
            selection.certificates.append(
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
    await lock_many_certificates(context.session)
    await share_plan(context.session)
    selection = await _select_certificates(context, body)
    certificates = selection.certificates
    if len(certificates) != body.count:
        raise Conflict(
            "extension.changed",
            f"The preview showed {body.count} certificates; there are {len(certificates)} now. "
            "Look at it again.",
            extra={"count": len(certificates)},
        )
    for offset in range(0, len(certificates), BATCH_SIZE):
        batch = certificates[offset : offset + BATCH_SIZE]
        await _extend_batch(context, body, batch, selection.revisions)
    return certificates


async def _extend_batch(
    context: CertificatesContext,
    body: ExtensionRequest,
    batch: Sequence[ExtendedCertificate],
    revisions: Mapping[UUID, int],
) -> None:
    """Raises `Conflict` when one was changed, in whatever way, after the selection was read."""
    certificates = await lock_certificates(context.session, [item.id for item in batch])
    if any(row.revision != revisions[row.id] for row in certificates):
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
