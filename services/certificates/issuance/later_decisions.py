"""A council's later decision on an application, after an appeal. None commits.

Of an application's certificates and statements at most one stands: that of the latest decision.
Another decision ends what came of the one before, unless both certify and the certificate stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.events import event_fields
from services.certificates.certificate.models import Certificate, Statement
from services.certificates.certificate.operations import current_verdict
from services.certificates.certificate.queries import (
    get_certificate_of_application,
    lock_certificate,
    map_certificates,
    map_statements,
)
from services.certificates.certificate.standing import Verdict
from services.certificates.changes.annulment import annul_certificate
from services.certificates.changes.schemas import AnnulmentRequest
from services.certificates.issuance.models import NumberRequest
from services.certificates.registry.feed import append_statement_entry
from services.certificates.registry.rules import FeedReason
from services.certificates.settings import CertificatesContext
from shared.db import execute
from shared.events.applications import ApplicationApproved, ApplicationNotConfirmed
from shared.events.certificates import CertificateIssued
from shared.messaging import outbox
from shared.messaging.envelope import TracedEvent
from shared.tracing import run_under

_ENDED_VERDICTS = frozenset({Verdict.ANNULLED, Verdict.WITHDRAWN})
"""A certificate so ended does not stand, and another decision to certify gives a new one."""


@dataclass(frozen=True, slots=True)
class IssuedDocuments:
    """The latest certificate and the latest statement of an application, as far as there are."""

    certificate: Certificate | None = None
    statement: Statement | None = None

    @property
    def latest_ordinal(self) -> int:
        """The ordinal of the latest decision on which one of them rests; 0 without any."""
        rows = (self.certificate, self.statement)
        return max((row.decision_ordinal for row in rows if row is not None), default=0)

    def rest_on(self, approval: ApplicationApproved) -> bool:
        """Whether the approval, or a later decision, has taken effect before."""
        if approval.decision_ordinal is not None:
            return approval.decision_ordinal <= self.latest_ordinal
        certificate = self.certificate
        decision = (approval.decided_on, approval.decision_protocol)
        return certificate is not None and decision == (
            certificate.decided_on,
            certificate.decision_protocol,
        )


async def map_documents(
    session: AsyncSession, application_ids: Sequence[UUID]
) -> dict[UUID, IssuedDocuments]:
    """What was issued for each of these applications, by its id."""
    certificates = await map_certificates(session, application_ids)
    statements = await map_statements(session, application_ids)
    return {
        application_id: IssuedDocuments(
            certificates.get(application_id), statements.get(application_id)
        )
        for application_id in application_ids
    }


async def list_new_approvals(
    context: CertificatesContext, approvals: Sequence[TracedEvent[ApplicationApproved]]
) -> list[TracedEvent[ApplicationApproved]]:
    """The approvals that ask for a certificate, each with the ordinal of its decision."""
    documents_by_application = await map_documents(
        context.session, [traced.event.application_id for traced in approvals]
    )
    new_approvals = []
    for traced in approvals:
        approval = traced.event
        documents = documents_by_application[approval.application_id]
        if documents.rest_on(approval):
            continue
        ordinal = approval.decision_ordinal or documents.latest_ordinal + 1
        with run_under(traced.trace):
            await revoke_statement(context, documents.statement, approval)
            is_confirmed = await _confirm_certificate(context, documents.certificate, ordinal)
        if not is_confirmed:
            counted_approval = approval.model_copy(update={"decision_ordinal": ordinal})
            new_approvals.append(TracedEvent(counted_approval, traced.trace))
    return new_approvals


async def _confirm_certificate(
    context: CertificatesContext, certificate: Certificate | None, decision_ordinal: int
) -> bool:
    """Lets the certificate that stands rest on another decision to certify, and says so.

    Returns False where none stands: then the decision gives a new one.
    """
    if certificate is None:
        return False
    certificate = await lock_certificate(context.session, certificate.id)
    if await current_verdict(context, certificate) in _ENDED_VERDICTS:
        return False
    certificate.decision_ordinal = decision_ordinal
    event = CertificateIssued(
        **event_fields(certificate),
        issued_on=certificate.issued_on,
        decision_ordinal=decision_ordinal,
    )
    await outbox.record_events(context.session, event, now=context.now)
    return True


async def revoke_statement(
    context: CertificatesContext,
    statement: Statement | None,
    decision: ApplicationApproved | ApplicationNotConfirmed,
) -> None:
    """Revokes the statement that stands, if one does, by another decision."""
    if statement is None or statement.revoked_on is not None:
        return
    # Read anew under the lock: its names may have been erased meanwhile, and stay so in the feed.
    await context.session.refresh(statement, with_for_update=True)
    statement.revoked_on = context.today
    statement.revocation_basis = _name_decision(decision)
    await context.session.flush()
    await append_statement_entry(context, statement, FeedReason.REVOKED)


async def is_overtaken(
    context: CertificatesContext, documents: IssuedDocuments, decision: ApplicationNotConfirmed
) -> bool:
    """Whether a later decision on the application has taken effect, or waits for its number."""
    if decision.decision_ordinal is None:
        return False
    query = select(NumberRequest).where(NumberRequest.application_id == decision.application_id)
    number_request = (await context.session.exec(query)).first()
    awaited_ordinal = number_request and number_request.approval.decision_ordinal
    return decision.decision_ordinal < max(documents.latest_ordinal, awaited_ordinal or 0)


async def end_certification(
    context: CertificatesContext, decision: ApplicationNotConfirmed
) -> None:
    """Annuls the certificate that stands by the decision that the qualification is not confirmed.

    One that still waits for its number is not issued any more.
    """
    session, application_id = context.session, decision.application_id
    # The row is locked first: whoever is about to give the number ends before or finds nothing.
    is_of_application = col(NumberRequest.application_id) == application_id
    await execute(session, delete(NumberRequest).where(is_of_application))
    certificate = await get_certificate_of_application(session, application_id)
    if certificate is None:
        return
    certificate = await lock_certificate(session, certificate.id)
    if await current_verdict(context, certificate) is Verdict.ANNULLED:
        return
    annulment = AnnulmentRequest.model_construct(
        reason="after an appeal the council decided anew and did not confirm the qualification",
        basis=_name_decision(decision),
    )
    await annul_certificate(context, certificate.id, annulment)


def _name_decision(decision: ApplicationApproved | ApplicationNotConfirmed) -> str:
    """The decision as changes and statements name it as their basis."""
    return f"Протокол совета № {decision.decision_protocol} от {decision.decided_on:%d.%m.%Y}"
