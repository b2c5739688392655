"""Responses of the routes: entity tags, conditional answers, selected members."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Body, Depends, Path, Request, Response
from pydantic import BaseModel

from services.catalog.qualification import examples
from services.catalog.qualification.answers import qualification_answer
from services.catalog.qualification.form import QualificationDraft
from services.catalog.qualification.queries import DatedVersion
from services.catalog.qualification.schemas import QualificationAnswer, QualificationSummaryAnswer
from shared.web.conditional import apply_etag, etag
from shared.web.dependencies import Today
from shared.web.selection import FieldSelection, MemberNames, select_members


def version_tag(dated_version: DatedVersion, today: date) -> str:
    """The entity tag of a version: it changes with the version's state, too."""
    state = dated_version.period.state_on(today) if dated_version.period else "open"
    return etag(dated_version.row.revision, f"v{dated_version.row.version}", state)


def created_version_answer(
    dated_version: DatedVersion, today: date, response: Response
) -> QualificationAnswer:
    """The answer about a version that was made now; sets where it is, and its entity tag."""
    version = dated_version.row
    path = f"/v1/qualifications/{version.qualification_id}/versions/{version.version}"
    response.headers["Location"] = path
    return tagged_version_answer(dated_version, today, response)


def tagged_version_answer(
    dated_version: DatedVersion, today: date, response: Response
) -> QualificationAnswer:
    """The answer about a version that was changed now; sets its entity tag."""
    response.headers["ETag"] = version_tag(dated_version, today)
    return qualification_answer(dated_version, today)


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """One request that reads: what the client has already, the day, the response to it."""

    request: Request
    response: Response
    today: Today


ReadContext = Annotated[ReadRequest, Depends(ReadRequest)]
"""The request of a route that answers with an entity tag."""


def version_response(
    dated_version: DatedVersion, context: ReadRequest, fields: MemberNames
) -> BaseModel | Response:
    """A version, or only some of its members, or 304 if the client has it already."""
    tag = version_tag(dated_version, context.today)
    if (unchanged := apply_etag(context.request, context.response, tag)) is not None:
        return unchanged
    return select_members(
        qualification_answer(dated_version, context.today), fields, context.response
    )


QualificationIdPath = Annotated[UUID, Path(description="the qualification's id")]
"""The qualification that a path names."""

DraftBody = Annotated[QualificationDraft, Body(openapi_examples=examples.draft_examples())]
"""A qualification's content as a request's body."""


QualificationFields = Annotated[MemberNames, Depends(FieldSelection(QualificationAnswer, "id"))]
SummaryFields = Annotated[MemberNames, Depends(FieldSelection(QualificationSummaryAnswer, "id"))]
