"""The centre's review of an application. None commits."""

from uuid import UUID

from sqlmodel import col, update

from services.applications.application.models import Application
from services.applications.application.operations import extend_keeping, take_step
from services.applications.application.schemas import HistoryFacts
from services.applications.application.status import Command
from services.applications.documents.queries import (
    check_application_documents,
    list_documents,
)
from services.applications.limits.operations import record_procedure_event
from services.applications.limits.rules import ProcedureEvent
from services.applications.review.models import Review
from services.applications.review.rules import check_admission, check_remarks
from services.applications.review.schemas import (
    RecordedRemark,
    ReviewRequest,
    ReviewStartRequest,
)
from services.applications.settings import ApplicationsContext
from shared.clock import add_period
from shared.db import execute
from shared.errors import RuleViolation

OUTCOME_COMMANDS = {"admit": Command.ADMIT, "return": Command.RETURN, "decline": Command.DECLINE}
REMARK_FIELD_PATTERNS = (
    r"/applicant/(family_name|given_name|patronymic|birth_date|email|phone|address)",
    r"/identity_document(/(type|type_name|series|number|issued_by|issued_on))?",
    r"/(notify_by|postal_address|consent|rules_read|recertifies)",
    r"/payer(/(name|registration_number))?",
    r"/representative(/(document_number|valid_until))?",
    r"/documents/[a-z0-9_]+",
)
"""What a remark can point at: the form's fields, and a kind of document that is missing."""


async def begin_review(
    context: ApplicationsContext, application_id: UUID, body: ReviewStartRequest
) -> Application:
    """Assigns the review to a reviewer of the centre: of two who try, one gets it.

    The account that acts leads the case from now on, under the reviewer's name.

    Raises as `take_step`.
    """
    reviewer_subject, context = context.actor, context.acting_as(body.reviewer)
    facts = HistoryFacts(reviewer=body.reviewer)
    async with take_step(context, application_id, Command.BEGIN_REVIEW, facts) as application:
        application.reviewer = body.reviewer
        application.reviewer_subject = reviewer_subject
    return application


async def record_review(
    context: ApplicationsContext, application_id: UUID, body: ReviewRequest
) -> Application:
    """Admits the candidate, returns the application with remarks, or declines it with a reason.

    Raises as `take_step`, and `RuleViolation`, which carries the check while documents are
    missing.
    """
    context = context.acting_as(body.reviewer)
    command, facts = OUTCOME_COMMANDS[body.outcome], HistoryFacts(reviewer=body.reviewer)
    async with take_step(context, application_id, command, facts) as application:
        await _apply_outcome(context, application, body)
        context.session.add(
            Review(
                application_id=application_id,
                outcome=body.outcome,
                remarks=_list_recorded_remarks(body),
                reviewer=body.reviewer,
                reviewed_at=context.now,
            )
        )
        await record_procedure_event(context, application, ProcedureEvent.REVIEWED, context.today)
    return application


async def _apply_outcome(
    context: ApplicationsContext, application: Application, body: ReviewRequest
) -> None:
    """Checks what the outcome needs and sets its columns. Raises `RuleViolation`."""
    session, today = context.session, context.today
    if body.outcome == "admit":
        check_admission(await check_application_documents(session, application))
        application.admitted_on = today
    elif body.outcome == "return":
        documents = await list_documents(session, application.id)
        remarks = [(remark.field, remark.document_id) for remark in body.remarks]
        document_ids = {document.id for document in documents}
        check_remarks(remarks, document_ids, REMARK_FIELD_PATTERNS)
    else:
        _check_decline_reason(body.reason)
        application.closed_on = today
        extend_keeping(application, add_period(today, context.settings.retention_of_unfinished))


def _list_recorded_remarks(body: ReviewRequest) -> tuple[RecordedRemark, ...]:
    remarks = [RecordedRemark.model_validate(remark.model_dump()) for remark in body.remarks]
    if body.reason is not None:
        remarks.append(RecordedRemark(text=body.reason))
    return tuple(remarks)


async def erase_reviews(context: ApplicationsContext, application_id: UUID) -> int:
    """Empties remarks and reviewers of an application's reviews; the number of rows."""
    statement = (
        update(Review)
        .where(col(Review.application_id) == application_id)
        .values(remarks=(), reviewer="")
    )
    return (await execute(context.session, statement)).rowcount


def _check_decline_reason(reason: str | None) -> None:
    """Checks that declining says why: it can be appealed (order 701n, item 4).

    Raises `RuleViolation`.
    """
    if reason is None:
        raise RuleViolation(
            "review.reason",
            "Say in the reason why the application is not accepted: the applicant may appeal.",
            field="/reason",
        )
