"""The query parameter `fields`: answers with some of their members only, chosen by name.

    Fields = Annotated[MemberNames, Depends(FieldSelection(CertificateAnswer, "number"))]

    @router.get("/{number}", response_model=with_selection(CertificateAnswer))
    async def get_certificate(fields: Fields) -> CertificateAnswer | Response:
        return select_members(answer, fields)

The document describes such an answer as the whole one or a selection: the same members, of which
none is required.
"""

from functools import cache
from typing import Annotated, Any

from fastapi import Query, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import BaseModel, create_model

from shared.errors import DomainError
from shared.paging import Page, WholeList

MAX_FIELDS_CHARACTERS = 1_000
"""Of `fields`: more than all names of the largest answer."""

MemberNames = frozenset[str] | None
"""The names of the members to answer with; None for all."""


class FieldSelection:
    """The dependency of a route that answers with this model, or with items of it.

    The members `always` are part of every selection: they say what it is of.
    """

    def __init__(self, answer: type[BaseModel], *always: str) -> None:
        self._known_names = frozenset(answer.model_fields)
        self._always = frozenset(always)

    def __call__(
        self,
        fields: Annotated[
            str | None,
            Query(
                max_length=MAX_FIELDS_CHARACTERS,
                examples=["id"],
                description="names of members of the top level, with commas: only these are"
                " answered; all of them where it is left out",
            ),
        ] = None,
    ) -> MemberNames:
        """The chosen names, with those that are always there.

        Raises `DomainError` (`request.fields`) for a name that the answer does not have.
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
        return self._always | names


@cache
def with_selection(answer: type[BaseModel]) -> Any:
    """The `response_model` of one thing: the whole answer, or a selection of its members."""
    return answer | _selection_of(answer)


@cache
def page_with_selection(answer: type[BaseModel]) -> Any:
    """The `response_model` of a page: of whole items, or of selections of their members."""
    selection: Any = _selection_of(answer)
    return Page[answer] | Page[selection]  # type: ignore[valid-type]


@cache
def list_with_selection(answer: type[BaseModel]) -> Any:
    """The `response_model` of a whole list: of whole items, or of selections of their members."""
    selection: Any = _selection_of(answer)
    return WholeList[answer] | WholeList[selection]  # type: ignore[valid-type]


def select_members(
    answer: BaseModel, names: MemberNames, response: Response | None = None
) -> BaseModel | Response:
    """The answer, or a response with the chosen members of it, or of the items of its list.

    `response` is the route's own, whose headers the other one takes over.
    """
    if names is None:
        return answer
    content = jsonable_encoder(answer)
    if isinstance(answer, Page | WholeList):
        content["items"] = [_keep_members(item, names) for item in content["items"]]
    else:
        content = _keep_members(content, names)
    return JSONResponse(content, headers=dict(response.headers) if response else None)


def _keep_members(item: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name in names}


@cache
def _selection_of(answer: type[BaseModel]) -> type[BaseModel]:
    """The same members, none of which is required."""
    return create_model(
        f"{answer.__name__.removesuffix('Answer')}Selection",
        __base__=answer,
        __module__=answer.__module__,
        __doc__=f"Some members of `{answer.__name__}`, chosen by `fields`.",
        __cls_kwargs__={"json_schema_extra": _require_nothing},
    )


def _require_nothing(schema: dict[str, Any]) -> None:
    schema.pop("required", None)
