"""What the routes answer with."""

import hashlib
from datetime import date
from typing import Annotated, Any

from fastapi import Body, Depends, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from services.catalog.qualification import examples
from services.catalog.qualification.answers import qualification
from services.catalog.qualification.form import QualificationDraft
from services.catalog.qualification.queries import Standing
from services.catalog.qualification.schemas import Qualification, QualificationSummary
from shared.errors import DomainError
from shared.paging import Page
from shared.web.conditional import conditional, etag


def tag(standing: Standing, today: date) -> str:
    """The entity tag of a version: it changes with the version's state, too."""
    state = standing.term.state(today) if standing.term else "open"
    return etag(standing.version.revision, f"v{standing.version.version}", state)


def one(
    standing: Standing, today: date, request: Request, response: Response, fields: set[str] | None
) -> Qualification | Response:
    """A version, or only some of its members, or that the client has it already."""
    if (unchanged := conditional(request, response, tag(standing, today))) is not None:
        return unchanged
    answer = qualification(standing, today)
    if fields is None:
        return answer
    return JSONResponse(_only(jsonable_encoder(answer), fields), headers=dict(response.headers))


def listed(
    answer: Page[QualificationSummary],
    request: Request,
    response: Response,
    fields: set[str] | None,
) -> Response:
    """A page of a list, its items with those members only, or that the client has it already.

    Its tag is of its content: what it depends on are the days of all versions.
    """
    told = jsonable_encoder(answer)
    if fields is not None:
        told["items"] = [_only(item, fields) for item in told["items"]]
    made = JSONResponse(told)
    content = f'"{hashlib.sha256(made.body).hexdigest()[:32]}"'
    if (unchanged := conditional(request, response, content)) is not None:
        return unchanged
    made.headers.update(response.headers)
    return made


def _only(item: dict[str, Any], fields: set[str]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name in fields}


Draft = Annotated[QualificationDraft, Body(openapi_examples=examples.drafts())]
"""A qualification's content as a request's body."""


class Fields:
    """The query parameter `fields`: members of the answer, by name; absent for all."""

    def __init__(self, answer: type[BaseModel]) -> None:
        self._known = set(answer.model_fields)

    def __call__(
        self,
        fields: Annotated[
            str | None,
            Query(max_length=1_000, examples=["id,name"], description="only these members"),
        ] = None,
    ) -> set[str] | None:
        """The names. Raises `DomainError` for one that the answer does not have."""
        if fields is None:
            return None
        wanted = {name.strip() for name in fields.split(",") if name.strip()}
        if unknown := sorted(wanted - self._known):
            raise DomainError(
                "request.fields",
                f"There is no {', '.join(unknown)}. Choose from: {', '.join(sorted(self._known))}.",
                field="#query/fields",
            )
        return wanted | {"id"}


OneFields = Annotated[set[str] | None, Depends(Fields(Qualification))]
ListFields = Annotated[set[str] | None, Depends(Fields(QualificationSummary))]
