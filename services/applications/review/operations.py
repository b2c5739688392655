"""The centre's review, and what the applicant does about it. None commits."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.application.operations import begin
from services.applications.application.status import Command
from services.applications.documents import queries
from services.applications.limits import operations
from services.applications.review.models import Review
from services.applications.review.rules import check_admission, check_remarks
from services.applications.review.schemas import ReviewResult
from services.applications.settings import ApplicationsSettings
from shared.clock import add_period, civil_date
from shared.errors import RuleViolation

COMMANDS = {"admit": Command.ADMIT, "return": Command.RETURN, "decline": Command.DECLINE}
FIELDS = (
    r"/applicant/(family_name|given_name|patronymic|birth_date|email|phone|address)",
    r"/identity_document(/(type|type_name|series|number|issued_by|issued_on))?",
    r"/(notify_by|postal_address|consent|rules_read|recertifies)",
    r"/payer(/(name|registration_number))?",
    r"/representative(/(document_number|valid_until))?",
    r"/documents/[a-z0-9_]+",
)
"""What a remark can point at: the form's fields, and a kind of document that is missing."""


async def begin_review(
    session: AsyncSession, application_id: UUID, reviewer: str, expected: int | None, now: datetime
) -> Application:
    """Somebody of the centre takes the review: of two, one gets it. Raises as `steps.begin`."""
    step = await begin(session, application_id, Command.BEGIN_REVIEW, expected)
    step.application.reviewer = reviewer
    return await step.take(reviewer, now)


async def review(
    session: AsyncSession,
    application_id: UUID,
    result: ReviewResult,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """Admits the candidate, returns the application with remarks, or declines it with a reason.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`, and `RuleViolation` with the check while
    documents are missing.
    """
    step = await begin(session, application_id, COMMANDS[result.outcome], expected)
    application, today = step.application, civil_date(now, settings.time_zone)
    if result.outcome == "admit":
        check_admission(await queries.check_of(session, application))
        application.admitted_on = today
    elif result.outcome == "return":
        brought = {document.id for document in await queries.documents(session, application_id)}
        remarks = [(remark.field, remark.document_id) for remark in result.remarks]
        check_remarks(remarks, brought, FIELDS)
    else:
        _check_reason(result.reason)
        application.closed_on = today
        application.kept_until = add_period(today, settings.retention_of_unfinished)
    told = [remark.model_dump(mode="json", exclude_none=True) for remark in result.remarks]
    if result.reason is not None:
        told.append({"text": result.reason})
    session.add(
        Review(
            application_id=application_id,
            outcome=result.outcome,
            remarks=told,
            reviewer=result.reviewer,
            reviewed_at=now,
        )
    )
    await operations.happened(session, application, "reviewed", today, settings)
    return await step.take(result.reviewer, now)


def _check_reason(reason: str | None) -> None:
    """A refusal to accept can be appealed (order 701n, item 4), so it says why."""
    if reason is None:
        raise RuleViolation(
            "review.reason",
            "Say in the reason why the application is not accepted: the applicant may appeal.",
            field="/reason",
        )
