"""Submitting, amending, renewing and reading applications."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.applications.access.dependencies import ApplicationLister, Party, Reader, Submitter
from services.applications.access.policy import applicant_subject, check_centre, own_filter
from services.applications.application import queries
from services.applications.application.schemas import Centre, StepRequest
from services.applications.application.status import Status
from services.applications.decision.models import Decision
from services.applications.decision.schemas import StatementAnswer
from services.applications.documents import queries as documents_queries
from services.applications.documents.requirements import DocumentCheck
from services.applications.dossier.dependencies import DossierDesk, answer_application
from services.applications.dossier.schemas import (
    ApplicationAnswer,
    ApplicationSummary,
    HistoryAnswer,
)
from services.applications.examination.models import Examination
from services.applications.intake import operations, renewal
from services.applications.intake.schemas import ApplicationForm, ApplicationRequest, RenewalRequest
from shared.errors import NotFound
from shared.idempotency import create_once
from shared.paging import Page
from shared.web.conditional import etag
from shared.web.dependencies import IdempotencyKey, PageCursor, PageLimit, ReadOnlyTransaction
from shared.web.problems import problem_responses

router = APIRouter(prefix="/v1/applications", tags=["applications"])


@router.post("", status_code=201, summary="Submit an application, or leave a draft")
async def submit_application(
    body: ApplicationRequest,
    caller: Submitter,
    context: DossierDesk,
    key: IdempotencyKey = None,
) -> ApplicationAnswer:
    """An application for a published qualification; the answer's check says what is missing."""
    check_centre(caller, body.centre.number)

    async def insert_application() -> UUID:
        return await operations.submit_application(
            context.session,
            body,
            context.now,
            context.settings,
            context.settings.keyring,
            subject=applicant_subject(caller),
            actor=caller.subject,
        )

    payload = body.model_dump_json().encode()
    operation = f"submit_application:{caller.subject}"
    application_id = await create_once(context.session, operation, key, payload, insert_application)
    context.response.headers["Location"] = f"/v1/applications/{application_id}"
    application = await queries.get_application(context.session, application_id)
    return await context.shown(application, caller)


@router.get("", summary="List, the longest waiting first")
async def list_applications(
    caller: ApplicationLister,
    session: ReadOnlyTransaction,
    status: Status | None = None,
    qualification_id: UUID | None = None,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[ApplicationSummary]:
    """The caller's own applications, without birth dates and contacts."""
    tenant_filter = own_filter(caller)
    application_filter = queries.ApplicationFilter(
        status,
        qualification_id,
        tenant_filter.centre,
        tenant_filter.council,
        tenant_filter.employer,
        tenant_filter.applicant,
    )
    rows, next_cursor = await queries.list_applications(session, application_filter, cursor, limit)
    items = [ApplicationSummary.model_validate(row) for row in rows]
    return Page[ApplicationSummary](items=items, next=next_cursor)


@router.get("/{application_id}", summary="One application", responses=problem_responses(404))
async def get_application(
    application_id: UUID,
    caller: Reader,
    session: ReadOnlyTransaction,
    request: Request,
    response: Response,
) -> ApplicationAnswer:
    """Everything that the procedure recorded, the check of the documents, the time limits."""
    application = await queries.get_application(session, application_id)
    return await answer_application(session, application, response, request, caller)


@router.put(
    "/{application_id}", summary="Amend the form", responses=problem_responses(404, 409, 412)
)
async def amend_application(
    application_id: UUID,
    body: ApplicationForm,
    caller: Party,
    context: DossierDesk,
) -> ApplicationAnswer:
    """Possible while it is a draft, or was returned for correction."""
    application = await operations.amend_application(
        context.session,
        application_id,
        body,
        context.expected_revision,
        context.now,
        context.settings,
        context.settings.keyring,
        caller.subject,
    )
    return await context.shown(application, caller)


@router.post(
    "/{application_id}/submission",
    summary="Submit a draft",
    responses=problem_responses(404, 409, 412),
)
async def submit_draft(
    application_id: UUID,
    caller: Party,
    context: DossierDesk,
) -> ApplicationAnswer:
    """The draft becomes an application, and its time limits begin to run."""
    application = await operations.submit_draft(
        context.session,
        application_id,
        context.expected_revision,
        context.now,
        context.settings,
        caller.subject,
    )
    return await context.shown(application, caller)


@router.post(
    "/{application_id}/resubmission",
    summary="The applicant brings what was missing",
    responses=problem_responses(404, 409, 412),
)
async def resubmit_application(
    application_id: UUID,
    caller: Party,
    context: DossierDesk,
    body: StepRequest | None = None,
) -> ApplicationAnswer:
    """A returned application goes to the centre's review again."""
    actor = (body.actor if body else None) or caller.subject
    application = await operations.resubmit_application(
        context.session,
        application_id,
        actor,
        context.expected_revision,
        context.now,
        context.settings,
    )
    return await context.shown(application, caller)


@router.post(
    "/{application_id}/withdrawal",
    summary="The applicant takes the application back",
    responses=problem_responses(404, 409, 412),
)
async def withdraw_application(
    application_id: UUID,
    caller: Party,
    context: DossierDesk,
    body: StepRequest | None = None,
) -> ApplicationAnswer:
    """Possible until the examination has been held."""
    actor = (body.actor if body else None) or caller.subject
    application = await operations.withdraw_application(
        context.session,
        application_id,
        actor,
        context.expected_revision,
        context.now,
        context.settings,
    )
    return await context.shown(application, caller)


@router.post(
    "/{application_id}/renewal",
    status_code=201,
    summary="Apply again, with the same form",
    responses=problem_responses(404),
)
async def renew_application(
    application_id: UUID,
    body: RenewalRequest,
    caller: Party,
    context: DossierDesk,
    key: IdempotencyKey = None,
) -> ApplicationAnswer:
    """A draft of a new application, prefilled: for a re-examination, or for recertification.

    The law knows no shortcut: the whole procedure is gone through again, with a new consent.
    """

    async def insert_draft() -> UUID:
        return await renewal.prefill_draft(
            context.session,
            application_id,
            body,
            context.now,
            context.settings,
            context.settings.keyring,
            subject=applicant_subject(caller),
            actor=caller.subject,
        )

    operation = f"renew_application:{application_id}"
    payload = body.model_dump_json().encode()
    draft_id = await create_once(context.session, operation, key, payload, insert_draft)
    context.response.headers["Location"] = f"/v1/applications/{draft_id}"
    draft = await queries.get_application(context.session, draft_id)
    return await context.shown(draft, caller)


@router.get("/{application_id}/check", summary="What is missing", responses=problem_responses(404))
async def check_documents(
    application_id: UUID, caller: Reader, session: ReadOnlyTransaction, response: Response
) -> DocumentCheck:
    """The documents against the qualification's rule tree, branch by branch."""
    application = await queries.get_application(session, application_id)
    response.headers["ETag"] = etag(application.revision)
    return await documents_queries.check_of(session, application)


@router.get("/{application_id}/history", summary="What was done", responses=problem_responses(404))
async def list_history(
    application_id: UUID, caller: Reader, session: ReadOnlyTransaction
) -> list[HistoryAnswer]:
    """Every change of the application, oldest first: who acted, when, and why."""
    return [
        HistoryAnswer.model_validate(row)
        for row in await queries.list_history(session, application_id)
    ]


@router.get(
    "/{application_id}/statement",
    summary="The not-passed statement",
    responses=problem_responses(404),
)
async def get_statement(
    application_id: UUID, caller: Reader, session: ReadOnlyTransaction
) -> StatementAnswer:
    """The statement for a candidate who was not certified, with the fields of order 725n."""
    application = await queries.get_application(session, application_id)
    decision = await queries.get_latest(session, Decision, application.id)
    examination = await queries.get_latest(session, Examination, application.id)
    if decision is None or examination is None or decision.statement_number is None:
        raise NotFound(
            "statement.none", "There is no statement: the council has not refused certification."
        )
    return StatementAnswer(
        number=decision.statement_number,
        issued_on=decision.decided_on,
        family_name=application.family_name,
        given_name=application.given_name,
        patronymic=application.patronymic,
        examined_from=examination.began_on,
        examined_to=examination.held_on,
        qualification=(await queries.published_of(session, application)).qualification.name,
        result="квалификация не подтверждена",
        recommendation=decision.recommendation,
        council=application.council,
        centre=Centre.model_construct(
            number=application.centre_number, name=application.centre_name
        ),
    )
