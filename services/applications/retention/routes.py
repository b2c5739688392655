"""The act of erasure over HTTP."""

from fastapi import APIRouter

from services.applications.access.dependencies import Reader
from services.applications.application.values import ApplicationId
from services.applications.documents.dependencies import DocumentStorage
from services.applications.retention import operations
from services.applications.retention.schemas import ErasureActAnswer
from shared.web.dependencies import ReadOnlyTransaction
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1/applications/{application_id}", tags=["personal data"])


@router.get("/erasure", summary="The act of erasure", responses=problem_responses(404))
async def get_erasure_act(
    application_id: ApplicationId,
    caller: Reader,
    session: ReadOnlyTransaction,
    store: DocumentStorage,
) -> ErasureActAnswer:
    """The act with the extract of the log, and a count, made now, of the data that remains."""
    act = await operations.get_erasure_act(session, application_id)
    return ErasureActAnswer(
        application_id=act.application_id,
        act_number=act.act_number,
        erased_at=act.erased_at,
        basis=act.basis,
        log=act.log,
        remaining_counts=await operations.count_remaining(session, application_id),
        remaining_files=await store.list_keys(f"{application_id}/"),
    )
