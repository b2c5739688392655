"""Submitting, amending, renewing and reading applications."""

from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from services.applications.access.dependencies import ApplicationLister, Party, Reader, Submitter
from services.applications.access.policy import applicant_subject, check_centre, own_filter
from services.applications.application import queries
from services.applications.application.schemas import StepRequest
from services.applications.application.status import Status
from services.applications.application.values import ApplicationId, QualificationId
from services.applications.decision.models import Decision
from services.applications.decision.schemas import StatementAnswer
from services.applications.documents.queries import check_application_documents
from services.applications.documents.requirements import DocumentCheck
from services.applications.dossier.answers import build_centre
from services.applications.dossier.dependencies import answer_application, answer_step
from services.applications.dossier.schemas import (
    ApplicationAnswer,
    ApplicationSummary,
    HistoryAnswer,
)
from services.applications.examination.models import Examination
from services.applications.intake import operations
from services.applications.intake.renewal import prefill_draft
from services.applications.intake.schemas import ApplicationForm, ApplicationRequest, RenewalRequest
from shared.errors import NotFound
from shared.idempotency import create_once
from shared.paging import Page
from shared.principal import Principal
from shared.web.conditional import etag
from shared.web.contents import add_headers
from shared.web.context import CommandRequest, RequestContext, UnconditionalRequest
from shared.web.dependencies import IdempotencyKey, PageCursor, PageLimit, ReadOnlyTransaction
from shared.web.problem_documents import problem_responses
from shared.web.selection import (
    FieldSelection,
    MemberNames,
    page_with_selection,
    select_members,
    with_selection,
)
from shared.web.steps import acting_subject

ApplicationFields = Annotated[MemberNames, Depends(FieldSelection(ApplicationAnswer, "id"))]
SummaryFields = Annotated[MemberNames, Depends(FieldSelection(ApplicationSummary, "id"))]
ApplicationSort = Annotated[
    Literal["submitted_at", "-submitted_at"],
    Query(description="order by the instant of submission; `-`: the newest first"),
]

router = APIRouter(prefix="/v1/applications", tags=["applications"])


@router.post(
    "",
    status_code=201,
    summary="Submit an application, or leave a draft",
    responses={201: add_headers("ETag")},
)
async def submit_application(
    body: ApplicationRequest,
    caller: Submitter,
    request_context: UnconditionalRequest,
    key: IdempotencyKey = None,
) -> ApplicationAnswer:
    """An application for a published qualification; the answer's check says what is missing."""
    check_centre(caller, body.centre.number)
    context = request_context.command_context(caller.subject)

    async def insert_application() -> UUID:
        origin = operations.Origin(applicant_subject(caller))
        return await operations.submit_application(context, body, origin)

    payload = body.model_dump_json().encode()
    operation = f"submit_application:{caller.subject}"
    application_id = await create_once(context.session, operation, key, payload, insert_application)
    return await _answer_created(application_id, request_context, caller)


@router.get(
    "",
    summary="List, the longest waiting first",
    response_model=page_with_selection(ApplicationSummary),
)
async def list_applications(
    caller: ApplicationLister,
    session: ReadOnlyTransaction,
    status: Annotated[Status | None, Query(description="applications in this status")] = None,
    qualification_id: Annotated[
        QualificationId | None, Query(description="applications for this qualification")
    ] = None,
    sort: ApplicationSort = "submitted_at",
    fields: SummaryFields = None,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> BaseModel | Response:
    """The caller's own applications, without birth dates and contacts."""
    application_filter = replace(
        own_filter(caller), status=status, qualification_id=qualification_id
    )
    rows, next_cursor = await queries.list_applications(
        session, application_filter, cursor, limit, sort=sort
    )
    items = [ApplicationSummary.model_validate(row) for row in rows]
    return select_members(Page[ApplicationSummary](items=items, next=next_cursor), fields)


@router.get(
    "/{application_id}",
    summary="One application",
    response_model=with_selection(ApplicationAnswer),
    responses=problem_responses(404),
)
async def get_application(
    application_id: ApplicationId,
    caller: Reader,
    session: ReadOnlyTransaction,
    request: Request,
    response: Response,
    fields: ApplicationFields = None,
) -> BaseModel | Response:
    """Everything that the procedure recorded, the check of the documents, the time limits."""
    application = await queries.get_application(session, application_id)
    answer = await answer_application(session, application, response, request, caller)
    return select_members(answer, fields, response)


@router.put(
    "/{application_id}", summary="Amend the form", responses=problem_responses(404, 409, 412)
)
async def amend_application(
    application_id: ApplicationId,
    body: ApplicationForm,
    caller: Party,
    request_context: CommandRequest,
) -> ApplicationAnswer:
    """Possible while it is a draft, or was returned for correction."""
    context = request_context.command_context(caller.subject)
    application = await operations.amend_application(context, application_id, body)
    return await answer_step(application, request_context, caller)


@router.post(
    "/{application_id}/submit",
    summary="Submit a draft",
    responses=problem_responses(404, 409, 412),
)
async def submit_draft(
    application_id: ApplicationId, caller: Party, request_context: CommandRequest
) -> ApplicationAnswer:
    """The draft becomes an application, and its time limits begin to run."""
    context = request_context.command_context(caller.subject)
    application = await operations.submit_draft(context, application_id)
    return await answer_step(application, request_context, caller)


@router.post(
    "/{application_id}/resubmit",
    summary="The applicant brings what was missing",
    responses=problem_responses(404, 409, 412),
)
async def resubmit_application(
    application_id: ApplicationId,
    caller: Party,
    request_context: CommandRequest,
    body: StepRequest | None = None,
) -> ApplicationAnswer:
    """A returned application goes to the centre's review again."""
    context = request_context.command_context(acting_subject(body, caller))
    application = await operations.resubmit_application(context, application_id)
    return await answer_step(application, request_context, caller)


@router.post(
    "/{application_id}/withdraw",
    summary="The applicant takes the application back",
    responses=problem_responses(404, 409, 412),
)
async def withdraw_application(
    application_id: ApplicationId,
    caller: Party,
    request_context: CommandRequest,
    body: StepRequest | None = None,
) -> ApplicationAnswer:
    """Possible until the examination has been held."""
    context = request_context.command_context(acting_subject(body, caller))
    application = await operations.withdraw_application(context, application_id)
    return await answer_step(application, request_context, caller)


@router.post(
    "/{application_id}/renewals",
    status_code=201,
    summary="Apply again, with the same form",
    responses={201: add_headers("ETag"), **problem_responses(404)},
)
async def renew_application(
    application_id: ApplicationId,
    body: RenewalRequest,
    caller: Party,
    request_context: UnconditionalRequest,
    key: IdempotencyKey = None,
) -> ApplicationAnswer:
    """A draft of a new application, prefilled: for a re-examination, or for recertification.

    The law knows no shortcut: the whole procedure is gone through again, with a new consent.
    """
    context = request_context.command_context(caller.subject)

    async def insert_draft() -> UUID:
        return await prefill_draft(context, application_id, body, applicant_subject(caller))

    operation = f"renew_application:{application_id}"
    payload = body.model_dump_json().encode()
    draft_id = await create_once(context.session, operation, key, payload, insert_draft)
    return await _answer_created(draft_id, request_context, caller)


async def _answer_created(
    application_id: ApplicationId, request_context: RequestContext, caller: Principal
) -> ApplicationAnswer:
    request_context.response.headers["Location"] = f"/v1/applications/{application_id}"
    application = await queries.get_application(request_context.session, application_id)
    return await answer_step(application, request_context, caller)


@router.get("/{application_id}/check", summary="What is missing", responses=problem_responses(404))
async def check_documents(
    application_id: ApplicationId, caller: Reader, session: ReadOnlyTransaction, response: Response
) -> DocumentCheck:
    """The documents against the qualification's rule tree, branch by branch."""
    application = await queries.get_application(session, application_id)
    response.headers["ETag"] = etag(application.revision)
    return await check_application_documents(session, application)


@router.get("/{application_id}/history", summary="What was done", responses=problem_responses(404))
async def list_history(
    application_id: ApplicationId,
    caller: Reader,
    session: ReadOnlyTransaction,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[HistoryAnswer]:
    """Every change of the application, oldest first: who acted, when, and why."""
    rows, next_cursor = await queries.get_history_page(session, application_id, cursor, limit)
    items = [HistoryAnswer.model_validate(row) for row in rows]
    return Page[HistoryAnswer](items=items, next=next_cursor)


@router.get(
    "/{application_id}/statement",
    summary="The not-passed statement",
    responses=problem_responses(404),
)
async def get_statement(
    application_id: ApplicationId, caller: Reader, session: ReadOnlyTransaction
) -> StatementAnswer:
    """The statement for a candidate who was not certified, with the fields of order 725n."""
    application = await queries.get_application(session, application_id)
    decision = await queries.get_latest(session, Decision, application.id)
    if decision is None or decision.statement_number is None or decision.examination_id is None:
        raise NotFound(
            "statement.none", "There is no statement: the council has not refused certification."
        )
    examination = await session.get_one(Examination, decision.examination_id)
    version = await queries.get_published_version(session, application)
    return StatementAnswer(
        number=decision.statement_number,
        version=decision.statement_version or 1,
        issued_on=decision.decided_on,
        family_name=application.family_name,
        given_name=application.given_name,
        patronymic=application.patronymic,
        examined_from=examination.began_on,
        examined_to=examination.held_on,
        qualification=version.qualification.name,
        result="квалификация не подтверждена",
        recommendation=decision.recommendation,
        council=application.council,
        centre=build_centre(application),
    )
