"""Submitting, amending and reading applications."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.applications.access.dependencies import Applying, Listing, Party, Reader
from services.applications.access.policy import account, check_centre, own_list
from services.applications.application import queries
from services.applications.application.schemas import Centre, Recorded
from services.applications.application.status import Status
from services.applications.decision.models import Decision
from services.applications.decision.schemas import Statement
from services.applications.documents import queries as documents_queries
from services.applications.documents.requirements import Check
from services.applications.dossier.dependencies import DossierDesk, answer
from services.applications.dossier.schemas import Application, ApplicationSummary, Step
from services.applications.examination.models import Examination
from services.applications.intake import operations, renewal
from services.applications.intake.schemas import Form, NewApplication, Renewed
from shared.errors import NotFound
from shared.idempotency import once
from shared.paging import Page
from shared.web.conditional import etag
from shared.web.dependencies import Cursor, IdempotencyKey, Limit, Reading
from shared.web.problems import responses

router = APIRouter(prefix="/v1/applications", tags=["applications"])


@router.post("", status_code=201, summary="Submit an application, or leave a draft")
async def submit(
    body: NewApplication,
    caller: Applying,
    desk: DossierDesk,
    key: IdempotencyKey = None,
) -> Application:
    """An application for a published qualification; the answer says which documents to bring."""
    check_centre(caller, body.centre.number)

    async def perform() -> UUID:
        return await operations.submit(
            desk.session,
            body,
            desk.now,
            desk.settings,
            desk.settings.keyring,
            subject=account(caller),
            actor=caller.subject,
        )

    said = body.model_dump_json().encode()
    operation = f"submit_application:{caller.subject}"
    application_id = await once(desk.session, operation, key, said, perform)
    desk.response.headers["Location"] = f"/v1/applications/{application_id}"
    row = await queries.application(desk.session, application_id)
    return await desk.shown(row, caller)


@router.get("", summary="List, the longest waiting first")
async def find(
    caller: Listing,
    session: Reading,
    status: Status | None = None,
    qualification_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ApplicationSummary]:
    """The caller's own applications, without birth dates and contacts."""
    own = own_list(caller)
    wanted = queries.Filter(
        status, qualification_id, own.centre, own.council, own.employer, own.applicant
    )
    rows, following = await queries.applications(session, wanted, cursor, limit)
    items = [ApplicationSummary.model_validate(row) for row in rows]
    return Page[ApplicationSummary](items=items, next=following)


@router.get("/{application_id}", summary="One application", responses=responses(404))
async def get(
    application_id: UUID, caller: Reader, session: Reading, request: Request, response: Response
) -> Application:
    """All that the procedure knows, the check of the documents, the limits of law."""
    row = await queries.application(session, application_id)
    return await answer(session, row, response, request, caller)


@router.put("/{application_id}", summary="Amend the form", responses=responses(404, 409, 412))
async def amend(
    application_id: UUID,
    body: Form,
    caller: Party,
    desk: DossierDesk,
) -> Application:
    """While it is a draft, or was returned for correction."""
    row = await operations.amend(
        desk.session,
        application_id,
        body,
        desk.expected,
        desk.now,
        desk.settings,
        desk.settings.keyring,
        caller.subject,
    )
    return await desk.shown(row, caller)


@router.post(
    "/{application_id}/submission", summary="Submit a draft", responses=responses(404, 409, 412)
)
async def submit_draft(
    application_id: UUID,
    caller: Party,
    desk: DossierDesk,
) -> Application:
    """The limits of law begin to run."""
    row = await operations.submit_draft(
        desk.session, application_id, desk.expected, desk.now, desk.settings, caller.subject
    )
    return await desk.shown(row, caller)


@router.post(
    "/{application_id}/resubmission",
    summary="The applicant brings what was missing",
    responses=responses(404, 409, 412),
)
async def resubmit(
    application_id: UUID,
    caller: Party,
    desk: DossierDesk,
    body: Recorded | None = None,
) -> Application:
    """A returned application goes to review again."""
    actor = (body.actor if body else None) or caller.subject
    row = await operations.resubmit(
        desk.session, application_id, actor, desk.expected, desk.now, desk.settings
    )
    return await desk.shown(row, caller)


@router.post(
    "/{application_id}/withdrawal",
    summary="The applicant takes the application back",
    responses=responses(404, 409, 412),
)
async def withdraw(
    application_id: UUID,
    caller: Party,
    desk: DossierDesk,
    body: Recorded | None = None,
) -> Application:
    """Possible until the examination."""
    actor = (body.actor if body else None) or caller.subject
    row = await operations.withdraw(
        desk.session, application_id, actor, desk.expected, desk.now, desk.settings
    )
    return await desk.shown(row, caller)


@router.post(
    "/{application_id}/renewal",
    status_code=201,
    summary="Apply again, with the same form",
    responses=responses(404),
)
async def renew(
    application_id: UUID,
    body: Renewed,
    caller: Party,
    desk: DossierDesk,
    key: IdempotencyKey = None,
) -> Application:
    """A draft of a new application, prefilled: for a re-examination, or for recertification.

    The law knows no shortcut: the whole procedure is gone through again, and consent given anew.
    """

    async def perform() -> UUID:
        return await renewal.prefilled(
            desk.session,
            application_id,
            body,
            desk.now,
            desk.settings,
            desk.settings.keyring,
            subject=account(caller),
            actor=caller.subject,
        )

    operation = f"renew_application:{application_id}"
    said = body.model_dump_json().encode()
    made = await once(desk.session, operation, key, said, perform)
    desk.response.headers["Location"] = f"/v1/applications/{made}"
    row = await queries.application(desk.session, made)
    return await desk.shown(row, caller)


@router.get("/{application_id}/check", summary="What is missing", responses=responses(404))
async def check(
    application_id: UUID, caller: Reader, session: Reading, response: Response
) -> Check:
    """The documents held against the qualification's rule tree, branch by branch."""
    row = await queries.application(session, application_id)
    response.headers["ETag"] = etag(row.revision)
    return await documents_queries.check_of(session, row)


@router.get("/{application_id}/history", summary="What was done", responses=responses(404))
async def history(application_id: UUID, caller: Reader, session: Reading) -> list[Step]:
    """Every change, oldest first: who, when, why."""
    return [Step.model_validate(row) for row in await queries.history(session, application_id)]


@router.get(
    "/{application_id}/statement", summary="The not-passed statement", responses=responses(404)
)
async def statement(application_id: UUID, caller: Reader, session: Reading) -> Statement:
    """The statement of who was not certified, with the fields of order 725n."""
    row = await queries.application(session, application_id)
    decision = await queries.latest(session, Decision, row.id)
    examination = await queries.latest(session, Examination, row.id)
    if decision is None or examination is None or decision.statement_number is None:
        raise NotFound(
            "statement.none", "There is no statement: the council has not refused certification."
        )
    return Statement(
        number=decision.statement_number,
        issued_on=decision.decided_on,
        family_name=row.family_name,
        given_name=row.given_name,
        patronymic=row.patronymic,
        examined_from=examination.began_on,
        examined_to=examination.held_on,
        qualification=(await queries.published_of(session, row)).qualification.name,
        result="квалификация не подтверждена",
        recommendation=decision.recommendation,
        council=row.council,
        centre=Centre.model_construct(number=row.centre_number, name=row.centre_name),
    )
