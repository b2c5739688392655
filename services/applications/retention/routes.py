"""The act of erasure over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.applications.access.dependencies import Reader
from services.applications.documents.dependencies import Documents
from services.applications.retention import operations
from services.applications.retention.schemas import ErasureAct
from shared.web.dependencies import Reading
from shared.web.problems import responses

router = APIRouter(prefix="/v1/applications/{application_id}", tags=["personal data"])


@router.get("/erasure", summary="The act of erasure", responses=responses(404))
async def erasure(
    application_id: UUID, caller: Reader, session: Reading, store: Documents
) -> ErasureAct:
    """With the extract of the log, and a count of what is left, made now."""
    act = await operations.act(session, application_id)
    return ErasureAct(
        application_id=act.application_id,
        act_number=act.act_number,
        erased_at=act.erased_at,
        basis=act.basis,
        log=act.log,
        left=await operations.left(session, application_id),
        files_left=await store.keys(f"{application_id}/"),
    )
