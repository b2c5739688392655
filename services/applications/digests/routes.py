"""Addresses of digests over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from services.applications.digests.models import OfficeContact
from services.applications.digests.operations import get_contact, remove_contact, set_contact
from services.applications.digests.policy import check_office
from services.applications.digests.rules import OfficeKind
from services.applications.digests.schemas import OfficeContactAnswer, OfficeContactRequest
from shared.principal import Principal, Scope
from shared.web.conditional import etag
from shared.web.context import CommandRequest
from shared.web.dependencies import ReadOnlyTransaction
from shared.web.guards import Allow
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1/office-contacts/{kind}/{number:path}", tags=["offices"])

Office = Annotated[Principal, Depends(Allow(Scope.PROCESS, Scope.DECIDE, Scope.OPERATE))]
Kind = Annotated[OfficeKind, Path(description="whether a centre or a council")]
OfficeNumber = Annotated[
    str, Path(min_length=1, max_length=300, description="the centre's number, the council's name")
]


def _describe_contact(contact: OfficeContact, response: Response) -> OfficeContactAnswer:
    response.headers["ETag"] = etag(contact.revision)
    return OfficeContactAnswer.model_validate(contact)


@router.get("", summary="Where an office's digest goes", responses=problem_responses(404))
async def get_office_contact(
    kind: Kind,
    number: OfficeNumber,
    caller: Office,
    session: ReadOnlyTransaction,
    response: Response,
) -> OfficeContactAnswer:
    """The address, and how the last digest went."""
    check_office(caller, kind, number)
    return _describe_contact(await get_contact(session, kind, number), response)


@router.put("", summary="Set where an office's digest goes", responses=problem_responses(404, 412))
async def set_office_contact(
    kind: Kind,
    number: OfficeNumber,
    body: OfficeContactRequest,
    caller: Office,
    request_context: CommandRequest,
) -> OfficeContactAnswer:
    """A centre gets one daily, a council weekly; none where there is nothing to tell."""
    check_office(caller, kind, number)
    context = request_context.command_context(caller.subject)
    contact = await set_contact(context, kind, number, body)
    return _describe_contact(contact, request_context.response)


@router.delete(
    "", status_code=204, summary="End an office's digests", responses=problem_responses(404, 412)
)
async def remove_office_contact(
    kind: Kind, number: OfficeNumber, caller: Office, request_context: CommandRequest
) -> Response:
    """Nothing is sent to the office any more."""
    check_office(caller, kind, number)
    await remove_contact(request_context.command_context(caller.subject), kind, number)
    return Response(status_code=204)
