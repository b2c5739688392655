"""Drafting, publishing and finding qualifications over HTTP."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from shared.db import Database, execute
from shared.events.catalog import QualificationPublished
from tests.parts import assert_problem

DRAFT: dict[str, Any] = {
    "council": "Совет",
    "name": "Оператор контактного центра",
    "occupational_standard": {"code": "07.010", "title": "Специалист по обслуживанию"},
    "level": 3,
    "labour_functions": [{"code": "A/01.3", "name": "Приём обращений"}],
    "requirements": {"rule": "document", "kind": "education", "title": "Документ об образовании"},
    "validity_term": "P3Y",
}


async def _draft(client: httpx.AsyncClient, **columns: Any) -> dict[str, Any]:
    answer = await client.post("/v1/qualifications", json={**DRAFT, **columns})
    assert answer.status_code == 201, answer.text
    drafted: dict[str, Any] = answer.json()
    return drafted


async def _publish(client: httpx.AsyncClient, qualification: dict[str, Any]) -> httpx.Response:
    return await client.post(f"/v1/qualifications/{qualification['id']}/publish")


async def _count(database: Database, table: str) -> int:
    async with database.reading() as session:
        return int((await execute(session, text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def _found(client: httpx.AsyncClient, **question: Any) -> list[str]:
    answer = await client.get("/v1/qualifications", params=question)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


async def test_a_draft_says_what_is_absent(client: httpx.AsyncClient) -> None:
    drafted = await _draft(client)
    assert (drafted["status"], drafted["version"]) == ("draft", 0)
    assert set(drafted["absent"]) == {
        "registry_number",
        "legal_requirement",
        "additional_characteristics",
        "occupational_standard.order_number",
        "occupational_standard.order_date",
    }


async def test_publishing_tells_it_once_with_everything_that_others_need(
    client: httpx.AsyncClient, database: Database
) -> None:
    drafted = await _draft(client, registry_number="07.01000.01")
    published = (await _publish(client, drafted)).json()
    assert (published["status"], published["version"]) == ("published", 1)
    async with database.reading() as session:
        (row,) = (await execute(session, text("SELECT key, payload FROM outbox"))).all()
    told = QualificationPublished.model_validate_json(row.payload)
    assert row.key == drafted["id"] == str(told.qualification.id)
    assert told.qualification.name == DRAFT["name"]
    assert told.qualification.registry_number == "07.01000.01"
    assert told.qualification.validity_term == "P3Y"
    assert told.requirements.model_dump() == DRAFT["requirements"]


@pytest.mark.parametrize(
    ("columns", "rule", "pointer"),
    [
        ({"validity_term": None}, "qualification.term", "/validity_term"),
        ({"occupational_standard": None}, "qualification.basis", "/occupational_standard"),
    ],
)
async def test_what_could_not_be_certified_is_not_published(
    client: httpx.AsyncClient,
    database: Database,
    columns: dict[str, Any],
    rule: str,
    pointer: str,
) -> None:
    assert_problem(await _publish(client, await _draft(client, **columns)), 422, rule, pointer)
    assert await _count(database, "outbox") == 0


async def test_a_published_version_is_neither_edited_nor_published_again(
    client: httpx.AsyncClient, database: Database
) -> None:
    drafted = await _draft(client)
    await _publish(client, drafted)
    assert_problem(await _publish(client, drafted), 409, "lifecycle.transition")
    edit = await client.put(f"/v1/qualifications/{drafted['id']}", json=DRAFT)
    assert_problem(edit, 409, "lifecycle.transition")
    assert await _count(database, "outbox") == 1


async def test_who_decided_on_an_older_version_is_refused(client: httpx.AsyncClient) -> None:
    drafted = await _draft(client)
    path = f"/v1/qualifications/{drafted['id']}"
    seen = (await client.get(path)).headers["ETag"]
    first = await client.put(path, json={**DRAFT, "level": 4}, headers={"If-Match": seen})
    assert first.status_code == 200
    second = await client.put(path, json={**DRAFT, "level": 5}, headers={"If-Match": seen})
    assert_problem(second, 412, "resource.changed", "#header/If-Match")
    assert (await client.get(path)).json()["level"] == 4


@pytest.mark.parametrize(
    ("columns", "pointer"),
    [
        ({"level": "высокий"}, "/level"),
        ({"level": 10}, "/level"),
        ({"name": "а\u0000б"}, "/name"),
        ({"name": "   "}, "/name"),
        ({"registry_number": "7.1.1"}, "/registry_number"),
        ({"validity_term": "3 года"}, "/validity_term"),
        ({"validity_term": "P0D"}, "/validity_term"),
        ({"labour_functions": []}, "/labour_functions"),
        ({"labour_functions": [{"code": "А/01.3", "name": "x"}]}, "/labour_functions/0/code"),
        ({"labour_functions": DRAFT["labour_functions"] * 2}, "/labour_functions"),
        ({"occupational_standard": {"code": "7.10", "title": "x"}}, "/occupational_standard/code"),
        (
            {
                "occupational_standard": {
                    "code": "07.010",
                    "title": "x",
                    "order_date": "19.03.2018",
                }
            },
            "/occupational_standard/order_date",
        ),
        ({"requirements": {"rule": "some_of", "title": "x"}}, "/requirements"),
        (
            {"requirements": {"rule": "any_of", "title": "x", "parts": []}},
            "/requirements/any_of/parts",
        ),
        ({"surprise": 1}, "/surprise"),
    ],
)
async def test_bad_columns_are_problems_that_name_the_field_and_write_nothing(
    client: httpx.AsyncClient, database: Database, columns: dict[str, Any], pointer: str
) -> None:
    answer = await client.post("/v1/qualifications", json={**DRAFT, **columns})
    assert_problem(answer, 422, "request.invalid", pointer)
    assert await _count(database, "qualification") == 0


@pytest.mark.parametrize("levels", [30, 5000])
async def test_a_rule_tree_nested_out_of_all_measure_is_a_problem(
    client: httpx.AsyncClient, database: Database, levels: int
) -> None:
    leaf = json.dumps(DRAFT["requirements"])
    opening = '{"rule": "all_of", "title": "x", "parts": ['
    body = json.dumps({**DRAFT, "requirements": "HERE"}).replace(
        '"HERE"', opening * levels + leaf + "]}" * levels
    )
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/v1/qualifications", content=body, headers=headers)
    assert answer.status_code in {400, 422}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert await _count(database, "qualification") == 0


async def test_a_cyrillic_look_alike_is_told_with_the_latin_letter(
    client: httpx.AsyncClient,
) -> None:
    functions = [{"code": "В/02.4", "name": "x"}]
    answer = await client.post("/v1/qualifications", json={**DRAFT, "labour_functions": functions})
    problem = assert_problem(answer, 422, "value_error", "/labour_functions/0/code")
    assert "Cyrillic" in problem["errors"][0]["detail"]
    assert "'B/02.4'" in problem["errors"][0]["detail"]


async def test_the_same_twice_is_one_and_the_second_is_told_which(
    client: httpx.AsyncClient, database: Database
) -> None:
    drafted = await _draft(client)
    problem = assert_problem(
        await client.post("/v1/qualifications", json=DRAFT), 409, "qualification.exists"
    )
    assert problem["existing"] == drafted["id"]
    assert await _count(database, "qualification") == 1


async def test_of_two_at_once_one_wins(client: httpx.AsyncClient, database: Database) -> None:
    answers = await asyncio.gather(
        *(client.post("/v1/qualifications", json=DRAFT) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert await _count(database, "qualification") == 1


async def test_search_finds_all_words_whatever_their_case_and_letter_yo(
    client: httpx.AsyncClient,
) -> None:
    await _draft(client, name="Учёт Ресурсов")
    await _draft(client, name="Скидка 100% на_всё")
    assert await _found(client, text="учет РЕСУРСОВ") == ["Учёт Ресурсов"]
    assert await _found(client, text="приём учёт") == ["Учёт Ресурсов"]
    assert await _found(client, text="учёт скидка") == []
    assert await _found(client, text="0%") == ["Скидка 100% на_всё"]
    assert await _found(client, text="н_всё") == []
    assert len(await _found(client, text="A/01.3")) == 2


async def test_filters_narrow_the_list(client: httpx.AsyncClient) -> None:
    await _draft(client, name="а", level=3)
    four = await _draft(client, name="б", level=4)
    await _publish(client, four)
    assert await _found(client, level=4) == ["б"]
    assert await _found(client, status="published") == ["б"]
    assert await _found(client, standard="07.010") == ["а", "б"]
    assert await _found(client, standard="07.011") == []
    wrong = await client.get("/v1/qualifications", params={"status": "retired"})
    assert_problem(wrong, 422, "request.invalid", "#query/status")


async def test_pages_are_exact(client: httpx.AsyncClient) -> None:
    for number in range(23):
        await _draft(client, name=f"Квалификация {number:02}")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get("/v1/qualifications", params={"limit": 5, **cursor})).json()
        seen += [item["name"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == [f"Квалификация {number:02}" for number in range(23)]


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIiwiYiJd"])
async def test_forged_cursors_are_problems(client: httpx.AsyncClient, cursor: str) -> None:
    answer = await client.get("/v1/qualifications", params={"cursor": cursor})
    assert_problem(answer, 422, "paging.cursor", "#query/cursor")


async def test_an_unknown_qualification_is_a_problem(client: httpx.AsyncClient) -> None:
    path = "/v1/qualifications/11111111-1111-4111-8111-111111111111"
    assert_problem(await client.get(path), 404, "qualification.unknown")
    assert_problem(await client.post(f"{path}/publish"), 404, "qualification.unknown")
    assert_problem(await client.get("/v1/qualifications/17"), 422, "request.invalid")
