"""The versions of a qualification over HTTP: list, one, what differs."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel

from services.catalog.qualification import answers, queries
from services.catalog.qualification.columns import VersionNumber
from services.catalog.qualification.differences import find_differences
from services.catalog.qualification.models import VersionId
from services.catalog.qualification.responses import (
    QualificationFields,
    QualificationIdPath,
    ReadContext,
    version_response,
)
from services.catalog.qualification.schemas import (
    DifferenceAnswer,
    DifferencesAnswer,
    QualificationAnswer,
)
from shared.paging import WholeList
from shared.principal import Scope
from shared.web.dependencies import ReadOnlyTransaction, Today
from shared.web.guards import AllowWrites
from shared.web.problem_documents import problem_responses
from shared.web.selection import list_with_selection, select_members, with_selection

router = APIRouter(
    prefix="/v1/qualifications/{qualification_id}/versions",
    tags=["versions"],
    dependencies=[Depends(AllowWrites(Scope.PUBLISH))],
)


VersionNumberPath = Annotated[VersionNumber, Path()]


@router.get(
    "",
    summary="All versions",
    responses=problem_responses(404),
    response_model=list_with_selection(QualificationAnswer),
)
async def list_versions(
    qualification_id: QualificationIdPath,
    session: ReadOnlyTransaction,
    today: Today,
    fields: QualificationFields,
) -> BaseModel | Response:
    """All versions, oldest first, with the days on which each is in force."""
    dated_versions = await queries.list_versions(session, qualification_id)
    items = [answers.qualification_answer(dated_version, today) for dated_version in dated_versions]
    return select_members(WholeList(items=items), fields)


@router.get(
    "/{number}",
    summary="One version",
    responses=problem_responses(404),
    response_model=with_selection(QualificationAnswer),
)
async def get_version(
    qualification_id: QualificationIdPath,
    number: VersionNumberPath,
    session: ReadOnlyTransaction,
    context: ReadContext,
    fields: QualificationFields,
) -> BaseModel | Response:
    """A version of a qualification, published or not."""
    dated_version = await queries.get_version(session, VersionId(qualification_id, number))
    return version_response(dated_version, context, fields)


@router.get("/{number}/differences", summary="What differs", responses=problem_responses(404))
async def get_differences(
    qualification_id: QualificationIdPath,
    number: VersionNumberPath,
    session: ReadOnlyTransaction,
    since_version: Annotated[
        VersionNumber | None,
        Query(description="number of the version to compare with; the one before, if left out"),
    ] = None,
) -> DifferencesAnswer:
    """The places in which a version differs from another one, or from the one before it."""
    old_number = number - 1 if since_version is None else since_version
    if old_number < 1:
        return DifferencesAnswer(
            id=qualification_id,
            before_version=0,
            after_version=number,
            substantive=False,
            items=[],
        )
    old_version = await queries.get_version(session, VersionId(qualification_id, old_number))
    new_version = await queries.get_version(session, VersionId(qualification_id, number))
    found_differences = find_differences(
        old_version.row.content.to_json(), new_version.row.content.to_json()
    )
    return DifferencesAnswer(
        id=qualification_id,
        before_version=old_number,
        after_version=number,
        substantive=any(difference.substantive for difference in found_differences),
        items=[DifferenceAnswer.model_validate(difference) for difference in found_differences],
    )
