"""Extension of all certificates whose end lies in a window. None commits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.certificates.certificate.operations import verdict_by
from services.certificates.certificate.queries import (
    iterate_ending_certificates,
    list_changes,
    lock_certificates,
    lock_many_certificates,
)
from services.certificates.certificate.standing import ENDED_EARLY_VERDICTS, ChangeKind
from services.certificates.changes.operations import ChangeDetails, record_change
from services.certificates.changes.schemas import (
    ConfirmedExtensionRequest,
    ExtendedCertificate,
    ExtensionRequest,
)
from services.certificates.settings import CertificatesContext
from services.certificates.validity.plan import share_plan
from shared.clock import add_period
from shared.errors import Conflict, RuleViolation


@dataclass(frozen=True, slots=True)
class ExtensionDays:
    """The day of the decision on an extension, and the day from which the new ends hold."""

    decided_on: date
    effective_on: date


def resolve_days(context: CertificatesContext, body: ExtensionRequest) -> ExtensionDays:
    """The days of an extension: today's decision, and no gap, where nothing else is said.

    Without a day of its own it holds from the first day on which a certificate of the selection
    ends, or from the decision, whichever is earlier: none was without validity in between. Raises
    `RuleViolation` for a day to come.
    """
    for name, day in (("decided_on", body.decided_on), ("effective_on", body.effective_on)):
        if day is not None and day > context.today:
            raise RuleViolation(
                "extension.day",
                f"Record an extension when it is decided and in force: name a day up to "
                f"{context.today}.",
                field=f"/{name}",
                values={"today": context.today},
            )
    decided_on = body.decided_on or context.today
    return ExtensionDays(decided_on, body.effective_on or min(decided_on, body.ends_from))


async def preview_extension(
    context: CertificatesContext, body: ExtensionRequest
) -> list[ExtendedCertificate]:
    """Lists every certificate whose end lies in the window, with the end it would get.

    Annulled and withdrawn certificates are left out, and those with the verdict `superseded`.
    Nothing is changed. Raises `RuleViolation` for a day to come, and for too many.
    """
    resolve_days(context, body)
    return (await _select_certificates(context, body)).certificates


@dataclass(frozen=True, slots=True)
class _Selection:
    """The certificates that an extension moves, and the revision in which each was looked at."""

    certificates: list[ExtendedCertificate] = field(default_factory=list)
    revisions: dict[UUID, int] = field(default_factory=dict)


async def _select_certificates(context: CertificatesContext, body: ExtensionRequest) -> _Selection:
    session = context.session
    limit = context.settings.extension_rows
    selection = _Selection()
    row_count = 0
    async for certificates in iterate_ending_certificates(
        session, body.ends_from, body.ends_to, BATCH_SIZE
    ):
        row_count += len(certificates)
        if row_count > limit:
            raise RuleViolation(
                "extension.large",
                f"One request looks at no more than {limit} certificates; choose fewer days.",
                field="/ends_to",
                values={"number": limit},
            )
        changes = await list_changes(session, [certificate.id for certificate in certificates])
        for certificate in certificates:
            if verdict_by(context, certificate, changes[certificate.id]) in ENDED_EARLY_VERDICTS:
                continue
            selection.revisions[certificate.id] = certificate.revision
            selection.certificates.append(
                ExtendedCertificate(
                    id=certificate.id,
                    number=certificate.number,
                    ends_on=certificate.ends_on,
                    extended_to=add_period(certificate.ends_on, body.extended_by),
                )
            )
        session.expunge_all()  # a selection may be many batches
    return selection


async def extend_certificates(
    context: CertificatesContext, body: ConfirmedExtensionRequest
) -> list[ExtendedCertificate]:
    """Extends every certificate of the selection, all or none, by the decision of the agency.

    Raises `Conflict` when the selection has changed since its preview was looked at,
    `RuleViolation` for a day to come, and for more certificates than one request may look at.
    """
    days = resolve_days(context, body)
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
        details = ChangeDetails(
            kind=ChangeKind.EXTENDED,
            effective_on=days.effective_on,
            decided_on=days.decided_on,
            reason=body.reason,
            basis=body.basis,
            new_ends={item.id: item.extended_to for item in batch},
            window=(body.ends_from, body.ends_to),
        )
        await _extend_batch(context, details, selection.revisions)
    return certificates


async def _extend_batch(
    context: CertificatesContext,
    details: ChangeDetails,
    revisions: Mapping[UUID, int],
) -> None:
    """Raises `Conflict` when one was changed, in whatever way, after the selection was read."""
    certificates = await lock_certificates(context.session, list(details.new_ends))
    if any(row.revision != revisions[row.id] for row in certificates):
        raise Conflict("extension.changed", "A certificate has changed. Look again.")
    await record_change(context, certificates, details)
    context.session.expunge_all()


BATCH_SIZE = 500
"""Certificates that are changed by the same statements."""
