"""A selection of an answer's members is a schema of its own, of which nothing is required."""

from typing import Any

import pytest
from pydantic import BaseModel, Field, TypeAdapter

from shared.errors import DomainError
from shared.paging import Page
from shared.web.selection import (
    FieldSelection,
    list_with_selection,
    page_with_selection,
    select_members,
    with_selection,
)


class BerthAnswer(BaseModel):
    """A place for a ship."""

    id: int = Field(description="number of the berth")
    ship: str | None = Field(description="ship that lies there")


def _schemas(response_model: Any) -> dict[str, Any]:
    schema = TypeAdapter(response_model).json_schema(mode="serialization")
    definitions: dict[str, Any] = schema["$defs"]
    return definitions


def test_the_whole_answer_requires_its_members_and_a_selection_none() -> None:
    schemas = _schemas(with_selection(BerthAnswer))
    assert schemas["BerthAnswer"]["required"] == ["id", "ship"]
    assert "required" not in schemas["BerthSelection"]
    assert schemas["BerthSelection"]["properties"] == schemas["BerthAnswer"]["properties"]


@pytest.mark.parametrize("build", [page_with_selection, list_with_selection])
def test_lists_are_of_whole_items_or_of_selections(build: Any) -> None:
    names = {
        name.removeprefix("WholeList_").removeprefix("Page_")
        for name in _schemas(build(BerthAnswer))
    }
    assert {"BerthAnswer", "BerthSelection", "BerthAnswer_", "BerthSelection_"} == names


def test_what_says_of_which_thing_it_is_belongs_to_every_selection() -> None:
    select = FieldSelection(BerthAnswer, "id")
    assert select(None) is None
    assert select(" ship ,") == frozenset({"ship", "id"})
    with pytest.raises(DomainError) as caught:
        select("ship,captain")
    assert caught.value.rule == "request.fields"


def test_items_of_a_page_are_selected_and_its_cursor_stays() -> None:
    page = Page[BerthAnswer](items=[BerthAnswer(id=7, ship=None)], next="later")
    assert select_members(page, None) is page
    response: Any = select_members(page, frozenset({"ship"}))
    assert response.body == b'{"items":[{"ship":null}],"next":"later"}'
