"""Taking qualifications away: what is exported is what is there, and imports again as the same."""

import json
from typing import Any

import httpx
import pytest

from tests.catalog.council_table.council_tables import reviewed
from tests.catalog.qualifications import draft, get_body, path, publish, revise, step
from tests.clock import ManualClock
from tests.problems import assert_problem


async def _five(client: httpx.AsyncClient) -> None:
    for data in reviewed():
        await publish(client, get_body(await client.post("/v1/qualifications", json=data), 201))


@pytest.mark.parametrize("name", ["form.docx", "form.csv"])
async def test_a_form_imports_again_as_the_same_qualifications(
    client: httpx.AsyncClient, name: str
) -> None:
    await _five(client)
    answer = await client.get(f"/v1/exports/{name}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    files = {"file": (name, answer.content)}
    report = get_body(await client.post("/v1/imports", files=files), 201)
    assert report["counts"]["error"] == 0
    rows = {"rows": [{"row": row} for row in range(1, 6)]}
    import_answer = get_body(await client.post(f"/v1/imports/{report['id']}/apply", json=rows))
    assert [outcome["outcome"] for outcome in import_answer["outcomes"]] == ["unchanged"] * 5


async def test_a_form_has_one_council(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/v1/exports/form.csv"), 404, "export.empty")
    for council in ("Первый", "Второй"):
        await publish(client, await draft(client, council=council))
    several = assert_problem(
        await client.get("/v1/exports/form.csv"), 422, "export.one_council", "#query/council"
    )
    assert several["councils"] == ["Второй", "Первый"]
    answer = await client.get("/v1/exports/form.csv", params={"council": "Первый"})
    assert "Совет: Первый" in answer.text


async def _lines(client: httpx.AsyncClient, **question: Any) -> list[dict[str, Any]]:
    async with client.stream(
        "GET", "/v1/exports/qualifications.ndjson", params=question
    ) as response:
        assert response.headers["content-type"] == "application/x-ndjson"
        return [json.loads(line) async for line in response.aiter_lines()]


async def test_the_stream_has_everything_and_says_where_to_go_on(
    client: httpx.AsyncClient,
) -> None:
    await _five(client)
    *items, end = await _lines(client)
    assert end == {"end": True, "count": 5, "position": 5}
    for item in items:
        assert item == get_body(await client.get(f"/v1/qualifications/{item['id']}"))
    later = await publish(client, await draft(client))
    (change,) = get_body(await client.get("/v1/changes", params={"after": end["position"]}))[
        "items"
    ]
    assert change["qualification"]["id"] == later["id"]
    *level_items, end = await _lines(client, level=6)
    assert ([item["level"] for item in level_items], end["count"]) == ([6], 1)
    json_export = await client.get("/v1/exports/qualifications.json", params={"level": 6})
    assert json_export.json() == [item for item in items if item["level"] == 6]
    refusal = await client.get("/v1/exports/qualifications.json", params={"limit": 5})
    assert_problem(refusal, 422, "export.too_many")


async def test_an_export_is_of_a_day(client: httpx.AsyncClient, clock: ManualClock) -> None:
    first = await publish(client, await draft(client))
    second = get_body(await revise(client, first, level=4), 201)
    for name, body in (
        ("submit", None),
        (
            "approve",
            {"approved_by": "x", "protocol_number": "1", "protocol_date": "2026-03-01"},
        ),
        ("publish", {"effective_from": "2026-05-01"}),
    ):
        get_body(await step(client, second, name, body))
    assert (await _lines(client))[0]["version"] == 1
    assert (await _lines(client, on="2026-05-01"))[0]["version"] == 2
    assert get_body(await client.get(path(first)))["state"] == "in_force"
