"""Plans of notices over HTTP: everybody reads them, a council sets those of its qualifications."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.catalog.notices.dependencies import COUNCIL, CouncilOffice
from services.catalog.notices.models import NoticePlanChange
from services.catalog.notices.operations import set_notice_plan
from services.catalog.notices.queries import get_last_change, list_plan_changes
from services.catalog.notices.schemas import (
    NoticePlanAnswer,
    NoticePlanChangeAnswer,
    NoticePlanRequest,
)
from services.catalog.qualification.queries import check_qualification
from services.catalog.qualification.responses import QualificationIdPath
from shared.paging import Page
from shared.principal import Scope
from shared.web.conditional import apply_etag, etag
from shared.web.context import CommandRequest
from shared.web.dependencies import PageCursor, PageLimit, ReadOnlyTransaction
from shared.web.guards import AllowWrites
from shared.web.problem_documents import problem_responses

_PREFIX = "/v1/qualifications/{qualification_id}/notice-plan"

reading_router = APIRouter(
    prefix=_PREFIX, tags=["notices"], dependencies=[Depends(AllowWrites(Scope.PUBLISH))]
)
router = APIRouter(prefix=_PREFIX, tags=["notices"], dependencies=[Depends(COUNCIL)])


@reading_router.get(
    "",
    summary="When holders are told",
    responses=problem_responses(404),
    response_model=NoticePlanAnswer,
)
async def get_notice_plan(
    qualification_id: QualificationIdPath,
    session: ReadOnlyTransaction,
    request: Request,
    response: Response,
) -> NoticePlanAnswer | Response:
    """On how many days before the end holders of the qualification's certificates are told."""
    await check_qualification(session, qualification_id)
    answer = _build_answer(qualification_id, await get_last_change(session, qualification_id))
    return apply_etag(request, response, etag(answer.revision)) or answer


@router.put("", summary="Set when holders are told", responses=problem_responses(404, 412))
async def put_notice_plan(
    qualification_id: QualificationIdPath,
    body: NoticePlanRequest,
    request_context: CommandRequest,
    caller: CouncilOffice,
) -> NoticePlanAnswer:
    """Sets the days for all certificates of the qualification, those that are valid among them.

    A day that is added tells nobody whose certificate has passed it already.
    """
    context = request_context.command_context(caller.subject)
    change = await set_notice_plan(context, qualification_id, body.thresholds_days)
    return _answer_change(qualification_id, change, request_context.response)


@router.delete("", summary="Tell holders as for all", responses=problem_responses(404, 412))
async def delete_notice_plan(
    qualification_id: QualificationIdPath, request_context: CommandRequest, caller: CouncilOffice
) -> NoticePlanAnswer:
    """Goes back to the days of all qualifications without days of their own."""
    context = request_context.command_context(caller.subject)
    change = await set_notice_plan(context, qualification_id, None)
    return _answer_change(qualification_id, change, request_context.response)


@router.get("/changes", summary="Who set it, and when", responses=problem_responses(404))
async def list_notice_plan_changes(
    qualification_id: QualificationIdPath,
    session: ReadOnlyTransaction,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[NoticePlanChangeAnswer]:
    """What the council set, the newest first."""
    changes, next_cursor = await list_plan_changes(session, qualification_id, cursor, limit)
    items = [NoticePlanChangeAnswer.model_validate(change) for change in changes]
    return Page(items=items, next=next_cursor)


def _answer_change(
    qualification_id: UUID, change: NoticePlanChange | None, response: Response
) -> NoticePlanAnswer:
    answer = _build_answer(qualification_id, change)
    response.headers["ETag"] = etag(answer.revision)
    return answer


def _build_answer(qualification_id: UUID, change: NoticePlanChange | None) -> NoticePlanAnswer:
    return NoticePlanAnswer(
        qualification_id=qualification_id,
        revision=change.revision if change else 0,
        thresholds_days=change.thresholds_days if change else None,
        set_at=change.set_at if change else None,
    )
