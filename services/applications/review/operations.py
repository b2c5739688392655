"""The centre's review, resubmission and withdrawal by the applicant. None commits."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.application.operations import begin_step
from services.applications.application.status import Command
from services.applications.documents import queries
from services.applications.limits import operations
from services.applications.review.models import Review
from services.applications.review.rules import check_admission, check_remarks
from services.applications.review.schemas import ReviewRequest
from services.applications.settings import ApplicationsSettings
from shared.clock import add_period, civil_date
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
    session: AsyncSession,
    application_id: UUID,
    reviewer: str,
    expected_revision: int | None,
    now: datetime,
) -> Application:
    """Assigns the review to a reviewer of the centre: of two who try, one gets it.

    Raises as `begin_step`.
    """
    step = await begin_step(session, application_id, Command.BEGIN_REVIEW, expected_revision)
    step.application.reviewer = reviewer
    return await step.complete_step(reviewer, now)


async def record_review(
    session: AsyncSession,
    application_id: UUID,
    body: ReviewRequest,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """Admits the candidate, returns the application with remarks, or declines it with a reason.

    Raises as `begin_step`, and `RuleViolation`, which carries the check while documents are
    missing.
    """
    step = await begin_step(
        session, application_id, OUTCOME_COMMANDS[body.outcome], expected_revision
    )
    application, today = step.application, civil_date(now, settings.time_zone)
    if body.outcome == "admit":
        check_admission(await queries.check_of(session, application))
        application.admitted_on = today
    elif body.outcome == "return":
        document_ids = {
            document.id for document in await queries.list_documents(session, application_id)
        }
        remarks = [(remark.field, remark.document_id) for remark in body.remarks]
        check_remarks(remarks, document_ids, REMARK_FIELD_PATTERNS)
    else:
        _check_decline_reason(body.reason)
        application.closed_on = today
        application.kept_until = add_period(today, settings.retention_of_unfinished)
    remark_rows = [remark.model_dump(mode="json", exclude_none=True) for remark in body.remarks]
    if body.reason is not None:
        remark_rows.append({"text": body.reason})
    session.add(
        Review(
            application_id=application_id,
            outcome=body.outcome,
            remarks=remark_rows,
            reviewer=body.reviewer,
            reviewed_at=now,
        )
    )
    await operations.record_procedure_event(session, application, "reviewed", today, settings)
    return await step.complete_step(body.reviewer, now)


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
