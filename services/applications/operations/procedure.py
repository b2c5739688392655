"""The procedure: review, examination, decision, certificate (decree 1204; ISO/IEC 17024, 9)."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications import queries
from services.applications.lifecycle.rules import (
    check_admission,
    check_commission,
    check_day,
    check_impartial,
    check_passed,
    check_remarks,
    check_results,
)
from services.applications.lifecycle.status import Actor, Command
from services.applications.models import Application, Certificate, Decision, Examination, Review
from services.applications.operations.steps import begin
from services.applications.schemas import CouncilDecision, ExaminationProtocol, ReviewResult
from services.applications.settings import ApplicationsSettings
from shared.clock import civil_date
from shared.errors import Conflict
from shared.events.applications import ApplicationApproved
from shared.events.certificates import CertificateIssued
from shared.messaging import outbox


async def review(
    session: AsyncSession,
    application_id: UUID,
    result: ReviewResult,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """Admits the candidate, or returns the application with remarks.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`, and `RuleViolation` with the check while
    documents are missing.
    """
    admits = result.outcome == "admit"
    command = Command.ADMIT if admits else Command.RETURN
    step = await begin(session, application_id, command, expected)
    if admits:
        check_admission((await queries.dossier(session, step.application)).check())
        step.application.admitted_on = civil_date(now, settings.time_zone)
    else:
        check_remarks(result.remarks)
    found = Review(application_id=application_id, reviewed_at=now, **result.model_dump())
    session.add(found)
    return await step.take(result.reviewer, now)


async def resubmit(
    session: AsyncSession,
    application_id: UUID,
    actor: str | None,
    expected: int | None,
    now: datetime,
) -> Application:
    """The applicant has brought what was missing. Raises as `steps.begin`."""
    step = await begin(session, application_id, Command.RESUBMIT, expected)
    return await step.take(actor or Actor.APPLICANT, now)


async def withdraw(
    session: AsyncSession,
    application_id: UUID,
    actor: str | None,
    expected: int | None,
    now: datetime,
) -> Application:
    """The applicant takes the application back. Raises as `steps.begin`."""
    step = await begin(session, application_id, Command.WITHDRAW, expected)
    return await step.take(actor or Actor.APPLICANT, now)


async def record_examination(
    session: AsyncSession,
    application_id: UUID,
    protocol: ExaminationProtocol,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """Enters the commission's protocol. Raises as `steps.begin`, and `RuleViolation`."""
    step = await begin(session, application_id, Command.RECORD_EXAMINATION, expected)
    today = civil_date(now, settings.time_zone)
    check_day(protocol.held_on, "/held_on", step.application.admitted_on or today, today)
    check_results(protocol.theory, protocol.practice)
    check_commission(protocol.examiners, settings.minimum_examiners)
    columns = protocol.model_dump(exclude={"actor"})
    session.add(Examination(application_id=application_id, recorded_at=now, **columns))
    detail = f"protocol {protocol.protocol_number}"
    return await step.take(protocol.actor or Actor.CENTRE, now, detail)


async def decide(
    session: AsyncSession,
    application_id: UUID,
    decision: CouncilDecision,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """The council certifies or refuses; certifying is told to the world.

    Raises as `steps.begin`, and `RuleViolation`.
    """
    certifies = decision.outcome == "certify"
    command = Command.CERTIFY if certifies else Command.REFUSE
    step = await begin(session, application_id, command, expected)
    dossier = await queries.dossier(session, step.application)
    examination = dossier.examination
    assert examination is not None, "the lifecycle lets only examined applications through"
    today = civil_date(now, settings.time_zone)
    check_day(decision.decided_on, "/decided_on", examination.held_on, today)
    check_impartial(decision.members, examination.examiners)
    if certifies:
        check_passed(examination.theory, examination.practice)
    columns = decision.model_dump(exclude={"actor"})
    session.add(Decision(application_id=application_id, recorded_at=now, **columns))
    detail = f"protocol {decision.protocol_number}"
    application = await step.take(decision.actor or Actor.COUNCIL, now, detail)
    if certifies:
        await outbox.record(session, _approved(dossier, decision), now=now)
    return application


async def record_certificate(
    session: AsyncSession, issued: CertificateIssued, now: datetime
) -> None:
    """Enters the certificate that was issued for an approved application; once, however often told.

    Raises `NotFound`, `IllegalTransition`, and `Conflict` when another one was entered before.
    """
    application = await queries.locked_application(session, issued.application_id)
    known = await session.get(Certificate, application.id)
    if known is not None and known.certificate_id == issued.certificate_id:
        return
    if known is not None:
        raise Conflict(
            "certificate.second",
            f"Application {application.id} has certificate {known.certificate_id}; "
            f"{issued.certificate_id} cannot be entered besides.",
        )
    step = await begin(session, application.id, Command.RECORD_CERTIFICATE)
    session.add(
        Certificate(
            application_id=application.id,
            certificate_id=issued.certificate_id,
            number=issued.number,
            issued_on=issued.issued_on,
            valid_until=issued.valid_until,
        )
    )
    await step.take(Actor.CERTIFICATES, now, f"certificate {issued.number}")


def _approved(dossier: queries.Dossier, decision: CouncilDecision) -> ApplicationApproved:
    application = dossier.application
    return ApplicationApproved.model_validate(
        {
            "application_id": application.id,
            "holder": {
                "family_name": application.family_name,
                "given_name": application.given_name,
                "patronymic": application.patronymic,
            },
            "qualification": dossier.published.qualification.model_dump(),
            "centre": {"number": application.centre_number, "name": application.centre_name},
            "decided_on": decision.decided_on,
            "decision_protocol": decision.protocol_number,
        }
    )
