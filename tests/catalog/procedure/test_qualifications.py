"""Drafting, publishing and finding qualifications over HTTP."""

import asyncio
import json
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from shared.db import Database, execute
from shared.events.catalog import QualificationPublished
from tests.catalog.qualifications import DRAFT, draft, get_body, path, publish, step
from tests.problems import assert_problem


async def _count(database: Database, table: str) -> int:
    async with database.read_only_transaction() as session:
        return int((await execute(session, text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def test_a_draft_says_what_is_absent(client: httpx.AsyncClient) -> None:
    version = await draft(client)
    assert (version["status"], version["version"], version["state"]) == ("draft", 1, None)
    assert set(version["absent"]) == {
        "registry_number",
        "legal_requirement",
        "additional_characteristics",
        "occupational_standard.order_number",
        "occupational_standard.order_date",
    }


async def test_publishing_tells_it_once_with_everything_that_others_need(
    client: httpx.AsyncClient, database: Database
) -> None:
    version = await draft(client, registry_number="07.01000.01")
    published_version = await publish(client, version)
    assert (published_version["status"], published_version["state"]) == ("published", "in_force")
    async with database.read_only_transaction() as session:
        (row,) = (await execute(session, text("SELECT key, payload FROM outbox"))).all()
    event = QualificationPublished.model_validate_json(row.payload)
    assert row.key == version["id"] == str(event.qualification.id)
    assert (event.qualification.version, event.change) == (1, "first")
    assert event.effective_from == date(2026, 3, 2)
    assert event.qualification.name == DRAFT["name"]
    assert event.qualification.registry_number == "07.01000.01"
    assert event.qualification.validity_term == "P3Y"
    assert event.requirements.model_dump() == DRAFT["requirements"]


@pytest.mark.parametrize(
    ("columns", "rule", "pointer"),
    [
        ({"validity_term": None}, "qualification.term", "/validity_term"),
        ({"occupational_standard": None}, "qualification.basis", "/occupational_standard"),
    ],
)
async def test_what_could_not_be_certified_is_not_submitted(
    client: httpx.AsyncClient,
    columns: dict[str, Any],
    rule: str,
    pointer: str,
) -> None:
    version = await draft(client, **columns)
    assert_problem(await step(client, version, "submit"), 422, rule, pointer)
    assert (await client.get(path(version))).json()["status"] == "draft"


async def test_who_decided_on_an_older_version_is_refused(client: httpx.AsyncClient) -> None:
    version = await draft(client)
    tag = (await client.get(path(version))).headers["ETag"]
    first = await client.put(path(version), json={**DRAFT, "level": 4}, headers={"If-Match": tag})
    assert first.status_code == 200
    second = await client.put(path(version), json={**DRAFT, "level": 5}, headers={"If-Match": tag})
    assert_problem(second, 412, "resource.changed", "#header/If-Match")
    assert (await client.get(path(version))).json()["level"] == 4


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
    problem = assert_problem(answer, 422, "qualification.code_letter", "/labour_functions/0/code")
    assert "Cyrillic" in problem["errors"][0]["detail"]
    assert "'B/02.4'" in problem["errors"][0]["detail"]


async def test_the_same_twice_is_one_and_the_second_is_told_which(
    client: httpx.AsyncClient, database: Database
) -> None:
    version = await draft(client)
    problem = assert_problem(
        await client.post("/v1/qualifications", json=DRAFT), 409, "qualification.exists"
    )
    assert problem["existing"] == version["id"]
    assert await _count(database, "qualification") == 1


async def test_what_differs_in_capitals_dashes_or_blanks_alone_is_the_same(
    client: httpx.AsyncClient, database: Database
) -> None:
    version = await draft(client, name="Оператор — учёт")
    for name in ("оператор - учет", "Оператор  —  Учёт", "Опе\u00adратор – учёт"):
        answer = await client.post("/v1/qualifications", json={**DRAFT, "name": name})
        problem = assert_problem(answer, 409, "qualification.exists")
        assert problem["existing"] == version["id"], name
    assert get_body(await client.get(path(version)))["name"] == "Оператор — учёт", (
        "shown as printed"
    )
    assert await _count(database, "qualification") == 1


async def test_of_two_at_once_one_wins(client: httpx.AsyncClient, database: Database) -> None:
    answers = await asyncio.gather(
        *(client.post("/v1/qualifications", json=DRAFT) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert await _count(database, "qualification") == 1


async def test_an_unknown_qualification_is_a_problem(client: httpx.AsyncClient) -> None:
    unknown = "/v1/qualifications/11111111-1111-4111-8111-111111111111"
    assert_problem(await client.get(unknown), 404, "qualification.unknown")
    for name in ("submit", "discard"):
        answer = await client.post(f"{unknown}/versions/1/{name}")
        assert_problem(answer, 404, "qualification.unknown")
    version = await draft(client)
    unknown_version = {**version, "version": 2}
    assert_problem(await step(client, unknown_version, "submit"), 404, "version.unknown")
    assert_problem(await client.get("/v1/qualifications/17"), 422, "request.invalid")
