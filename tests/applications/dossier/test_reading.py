"""Applications as they are read: chosen members, either order, histories by pages."""

from typing import Any

import httpx
import pytest

from tests.applications import people
from tests.clock import ManualClock
from tests.problems import assert_problem

LIST = "/v1/applications"


async def test_only_the_chosen_members_are_answered(client: httpx.AsyncClient) -> None:
    application_id = await people.submit_application(client)
    path = f"{LIST}/{application_id}"
    answer = await client.get(path)
    selection = await client.get(path, params={"fields": "status,number"})
    members = {name: answer.json()[name] for name in ("id", "status", "number")}
    assert selection.json() == members
    assert selection.headers["etag"] != answer.headers["etag"], "they are two representations"
    repetition = await client.get(
        path,
        params={"fields": "status,number"},
        headers={"If-None-Match": selection.headers["etag"]},
    )
    assert repetition.status_code == 304
    page = (await client.get(LIST, params={"fields": "status"})).json()
    assert page == {"items": [{"id": application_id, "status": "submitted"}], "next": None}


@pytest.mark.parametrize("path", [LIST, f"{LIST}/{{id}}"])
async def test_members_that_no_answer_has_are_refused(client: httpx.AsyncClient, path: str) -> None:
    application_id = await people.submit_application(client)
    answer = await client.get(path.format(id=application_id), params={"fields": "id,surprise"})
    assert_problem(answer, 422, "request.fields", "#query/fields")


async def test_a_list_is_ordered_either_way(client: httpx.AsyncClient, clock: ManualClock) -> None:
    submitted_ids = []
    for _ in range(3):
        submitted_ids.append(await people.submit_application(client))
        clock.advance(minutes=1)
    assert await _list_ids(client) == submitted_ids
    assert await _list_ids(client, sort="-submitted_at") == submitted_ids[::-1]
    answer = await client.get(LIST, params={"sort": "family_name"})
    assert_problem(answer, 422, "value.choice", "#query/sort")


async def _list_ids(client: httpx.AsyncClient, **query: str) -> list[str]:
    """The ids of all pages of two."""
    listed_ids: list[str] = []
    cursor: str | None = None
    while cursor is not None or not listed_ids:
        page_query = {"limit": "2", **query, **({"cursor": cursor} if cursor else {})}
        page = (await client.get(LIST, params=page_query)).json()
        listed_ids += [item["id"] for item in page["items"]]
        cursor = page["next"]
    return listed_ids


async def test_a_history_is_read_by_pages(client: httpx.AsyncClient) -> None:
    path = f"{LIST}/{await people.admit_applicant(client)}/history"
    answer: list[dict[str, Any]] = (await client.get(path)).json()["items"]
    assert [line["command"] for line in answer][-2:] == ["begin_review", "admit"]
    page = (await client.get(path, params={"limit": 1})).json()
    rest = (await client.get(path, params={"cursor": page["next"]})).json()
    assert [*page["items"], *rest["items"]] == answer
    assert rest["next"] is None
