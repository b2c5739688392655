"""Corrections: one person proposes, another confirms, and the registry is told. None commits."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import Certificate
from services.certificates.certificate.operations import current_verdict
from services.certificates.certificate.queries import lock_certificate
from services.certificates.certificate.schemas import PrintedCentre
from services.certificates.certificate.standing import FINAL_VERDICTS, ChangeKind
from services.certificates.changes.correction_models import Correction, CorrectionState
from services.certificates.changes.correction_schemas import CorrectableFacts, CorrectionRequest
from services.certificates.changes.operations import ChangeDetails, record_change
from services.certificates.settings import CertificatesContext
from shared.errors import Conflict, Forbidden, NotFound, RuleViolation
from shared.events.applications import Holder


async def propose_correction(
    context: CertificatesContext, certificate_id: UUID, body: CorrectionRequest
) -> Correction:
    """Proposes what a certificate should say instead; nothing changes before it is confirmed.

    Raises `NotFound`; `RuleViolation` when nothing would change or the decision would follow the
    issue; `Conflict` for a certificate that ended for good, or while another correction is open.
    """
    certificate = await lock_certificate(context.session, certificate_id)
    await _check_standing(context, certificate)
    if await _find_open(context.session, certificate_id) is not None:
        raise Conflict("correction.open", "Another correction waits to be confirmed or declined.")
    facts_before = CorrectableFacts.model_validate(certificate)
    facts_after = _correct_facts(facts_before, body)
    if facts_after == facts_before:
        raise RuleViolation("correction.nothing", "The certificate says this already.")
    if facts_after.decided_on > certificate.issued_on:
        raise RuleViolation(
            "correction.decided_on",
            f"It was issued on {certificate.issued_on}, by a decision of that day or before.",
            field="/decided_on",
            values={"issued_on": certificate.issued_on},
        )
    correction = Correction(
        certificate_id=certificate_id,
        facts_before=facts_before,
        facts_after=facts_after,
        reason=body.reason,
        basis=body.basis,
        proposed_at=context.now,
        proposed_by=context.actor,
    )
    context.session.add(correction)
    await context.session.flush()
    return correction


def _correct_facts(facts: CorrectableFacts, body: CorrectionRequest) -> CorrectableFacts:
    return CorrectableFacts(
        holder=Holder(**body.holder.model_dump()) if body.holder else facts.holder,
        centre=PrintedCentre(**body.centre.model_dump()) if body.centre else facts.centre,
        decided_on=body.decided_on or facts.decided_on,
        decision_protocol=body.decision_protocol or facts.decision_protocol,
    )


async def confirm_correction(
    context: CertificatesContext, certificate_id: UUID, correction_id: int
) -> Correction:
    """Lets the certificate say what was proposed, as its next version.

    Raises `NotFound`; `Forbidden` for whoever proposed it; `Conflict` when it is closed, or the
    certificate has ended for good.
    """
    certificate = await lock_certificate(context.session, certificate_id)
    correction = await _get_open(context.session, certificate_id, correction_id)
    if correction.proposed_by == context.actor:
        raise Forbidden("correction.same_person", "Another person confirms what you proposed.")
    await _check_standing(context, certificate)
    _close(context, correction, CorrectionState.CONFIRMED)
    facts = correction.facts_after
    certificate.holder, certificate.centre = facts.holder, facts.centre
    certificate.decided_on, certificate.decision_protocol = (
        facts.decided_on,
        facts.decision_protocol,
    )
    certificate.version += 1
    details = ChangeDetails(
        kind=ChangeKind.CORRECTED,
        effective_on=certificate.issued_on,
        reason=correction.reason,
        basis=correction.basis,
    )
    await record_change(context, [certificate], details)
    return correction


async def decline_correction(
    context: CertificatesContext, certificate_id: UUID, correction_id: int
) -> Correction:
    """Leaves the certificate as it is. Raises `NotFound`, `Conflict` when it is closed."""
    await lock_certificate(context.session, certificate_id)
    correction = await _get_open(context.session, certificate_id, correction_id)
    _close(context, correction, CorrectionState.DECLINED)
    await context.session.flush()
    return correction


async def list_corrections(session: AsyncSession, certificate_id: UUID) -> Sequence[Correction]:
    """All corrections of a certificate, the first proposed first."""
    query = select(Correction).where(Correction.certificate_id == certificate_id)
    return (await session.exec(query.order_by(col(Correction.id)))).all()


async def correct_names(
    session: AsyncSession, certificate_id: UUID, holder: Holder, since: datetime
) -> Holder:
    """Names that were printed at an instant, with the parts that were corrected later.

    A name that its holder has changed stays changed.
    """
    for correction in await list_corrections(session, certificate_id):
        is_later = correction.closed_at is not None and correction.closed_at > since
        if correction.state is CorrectionState.CONFIRMED and is_later:
            before = correction.facts_before.holder
            corrected_parts = {
                name: part
                for name, part in correction.facts_after.holder.model_dump().items()
                if part != getattr(before, name)
            }
            holder = holder.model_copy(update=corrected_parts)
    return holder


async def _check_standing(context: CertificatesContext, certificate: Certificate) -> None:
    """Raises `Conflict` for a certificate that was annulled or withdrawn."""
    verdict = await current_verdict(context, certificate)
    if verdict in FINAL_VERDICTS:
        raise Conflict(
            "correction.standing",
            f"The certificate is {verdict}.",
            extra={"is": verdict},
            values={"verdict": verdict},
        )


async def _find_open(session: AsyncSession, certificate_id: UUID) -> Correction | None:
    query = select(Correction).where(
        Correction.certificate_id == certificate_id, Correction.state == CorrectionState.PROPOSED
    )
    return (await session.exec(query.execution_options(populate_existing=True))).first()


async def _get_open(session: AsyncSession, certificate_id: UUID, correction_id: int) -> Correction:
    """The open correction of a locked certificate. Raises `NotFound`, `Conflict` once closed."""
    correction = await session.get(Correction, correction_id, populate_existing=True)
    if correction is None or correction.certificate_id != certificate_id:
        raise NotFound("correction.unknown", "The certificate has no such correction.")
    if correction.state is not CorrectionState.PROPOSED:
        raise Conflict("correction.closed", f"The correction is {correction.state}.")
    return correction


def _close(context: CertificatesContext, correction: Correction, state: CorrectionState) -> None:
    correction.state = state
    correction.closed_at, correction.closed_by = context.now, context.actor
