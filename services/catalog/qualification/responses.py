"""Responses of the routes: entity tags, conditional answers, selected members."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Body, Depends, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import BaseModel, JsonValue

from services.catalog.qualification import examples
from services.catalog.qualification.answers import qualification_answer
from services.catalog.qualification.form import QualificationDraft
from services.catalog.qualification.queries import DatedVersion
from services.catalog.qualification.schemas import QualificationAnswer, QualificationSummaryAnswer
from shared.errors import DomainError
from shared.paging import Page
from shared.web.conditional import apply_etag, etag
from shared.web.dependencies import Today


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
    dated_version: DatedVersion, context: ReadRequest, fields: set[str] | None
) -> QualificationAnswer | Response:
    """A version, or only some of its members, or 304 if the client has it already."""
    tag = version_tag(dated_version, context.today)
    if (unchanged := apply_etag(context.request, context.response, tag)) is not None:
        return unchanged
    answer = qualification_answer(dated_version, context.today)
    if fields is None:
        return answer
    return JSONResponse(
        _select_members(jsonable_encoder(answer), fields), headers=dict(context.response.headers)
    )


def list_response(
    answer: Page[QualificationSummaryAnswer], context: ReadRequest, fields: set[str] | None
) -> Response:
    """A page of a list, its items with the selected members only, or 304 if unchanged.

    Its tag is a digest of its content, which depends on the days of all versions.
    """
    content = jsonable_encoder(answer)
    if fields is not None:
        content["items"] = [_select_members(item, fields) for item in content["items"]]
    json_response = JSONResponse(content)
    entity_tag = f'"{hashlib.sha256(json_response.body).hexdigest()[:32]}"'
    if (unchanged := apply_etag(context.request, context.response, entity_tag)) is not None:
        return unchanged
    json_response.headers.update(context.response.headers)
    return json_response


def _select_members(item: dict[str, JsonValue], fields: set[str]) -> dict[str, JsonValue]:
    """The item's members whose names are among `fields`."""
    return {name: value for name, value in item.items() if name in fields}


DraftBody = Annotated[QualificationDraft, Body(openapi_examples=examples.draft_examples())]
"""A qualification's content as a request's body."""


class FieldSelection:
    """The query parameter `fields`: names of the answer's members, all if absent."""

    def __init__(self, answer: type[BaseModel]) -> None:
        self._known_names = set(answer.model_fields)

    def __call__(
        self,
        fields: Annotated[
            str | None,
            Query(max_length=1_000, examples=["id,name"], description="only these members"),
        ] = None,
    ) -> set[str] | None:
        """The names of the members to answer with, `id` among them; None for all.

        Raises `DomainError` for a name that the answer does not have.
        """
        if fields is None:
            return None
        names = {name.strip() for name in fields.split(",") if name.strip()}
        if unknown_names := sorted(names - self._known_names):
            known_names = ", ".join(sorted(self._known_names))
            raise DomainError(
                "request.fields",
                f"There is no {', '.join(unknown_names)}. Choose from: {known_names}.",
                field="#query/fields",
            )
        return names | {"id"}


QualificationFields = Annotated[set[str] | None, Depends(FieldSelection(QualificationAnswer))]
SummaryFields = Annotated[set[str] | None, Depends(FieldSelection(QualificationSummaryAnswer))]
