"""A qualification's versions over HTTP: steps, days in force, differences, withdrawal, the feed."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.catalog.procedure.steps import STEPS
from shared.db import Database, execute
from tests.catalog.qualifications import (
    APPROVAL,
    DRAFT,
    approve,
    draft,
    get_body,
    path,
    publish,
    revise,
    step,
)
from tests.clock import ManualClock
from tests.problems import assert_problem

BODIES: dict[str, dict[str, Any] | None] = {
    "submit": None,
    "return": {"remarks": "Уточните"},
    "approve": APPROVAL,
    "publish": {"effective_from": "2026-03-02"},
    "discard": None,
}
POSSIBLE = {
    "draft": {"submit", "discard"},
    "under_review": {"return", "approve", "discard"},
    "approved": {"return", "publish", "discard"},
    "published": set(),
    "discarded": set(),
}


async def _at(client: httpx.AsyncClient, status: str) -> dict[str, Any]:
    """A version in this status."""
    version = await draft(client)
    ways = {
        "draft": (),
        "under_review": ("submit",),
        "approved": ("submit", "approve"),
        "published": ("submit", "approve", "publish"),
        "discarded": ("discard",),
    }
    for name in ways[status]:
        version = get_body(await step(client, version, name, BODIES[name]))
    assert version["status"] == status
    return version


def test_the_steps_under_test_are_all_that_there_are() -> None:
    assert STEPS.keys() == BODIES.keys()


@pytest.mark.parametrize("status", POSSIBLE)
@pytest.mark.parametrize("name", BODIES)
async def test_every_step_is_possible_just_where_the_procedure_has_it(
    client: httpx.AsyncClient, status: str, name: str
) -> None:
    version = await _at(client, status)
    answer = await step(client, version, name, BODIES[name])
    if name in POSSIBLE[status]:
        assert answer.status_code == 200, answer.text
    else:
        problem = assert_problem(answer, 409, "lifecycle.transition")
        assert problem["current_status"] == status
        assert get_body(await client.get(path(version)))["revision"] == version["revision"]


@pytest.mark.parametrize("status", sorted(set(POSSIBLE) - {"draft"}))
async def test_only_a_draft_is_edited(client: httpx.AsyncClient, status: str) -> None:
    version = await _at(client, status)
    assert_problem(await client.put(path(version), json=DRAFT), 409, "lifecycle.transition")


async def test_a_return_tells_why_and_voids_the_approval(client: httpx.AsyncClient) -> None:
    version = await approve(client, await draft(client))
    assert version["approval"]["protocol_number"] == "5"
    back = get_body(await step(client, version, "return", {"remarks": "Нет приказа"}))
    assert (back["status"], back["remarks"], back["approval"]) == ("draft", "Нет приказа", None)
    again = get_body(await step(client, back, "submit"))
    assert again["remarks"] is None


async def test_each_day_has_the_version_that_was_in_force(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    first = await publish(client, await draft(client), "2026-03-01")
    second = get_body(await revise(client, first, validity_term="P5Y"), 201)
    assert (second["version"], second["status"], second["change"]) == (2, "draft", "substantive")
    await publish(client, second, "2026-04-10")
    address = f"/v1/qualifications/{first['id']}"
    terms = {
        "2026-03-01": "P3Y",
        "2026-04-09": "P3Y",
        "2026-04-10": "P5Y",
        "2030-01-01": "P5Y",
    }
    for day, term in terms.items():
        assert get_body(await client.get(address, params={"on": day}))["validity_term"] == term, day
    before = await client.get(address, params={"on": "2026-02-28"})
    assert_problem(before, 404, "qualification.not_in_force", "#query/on")
    first_version, second_version = get_body(await client.get(f"{address}/versions"))["items"]
    assert (first_version["effective_until"], first_version["state"]) == ("2026-04-10", "in_force")
    assert (second_version["effective_until"], second_version["state"]) == (None, "scheduled")
    clock.advance(days=39)
    assert get_body(await client.get(address))["version"] == 2
    assert get_body(await client.get(f"{address}/versions/1"))["state"] == "superseded"


async def test_one_version_at_a_time_is_on_its_way(client: httpx.AsyncClient) -> None:
    first = await draft(client)
    early = await revise(client, first, validity_term="P5Y")
    assert assert_problem(early, 409, "version.open")["version"] == 1
    await publish(client, first)
    answers = await asyncio.gather(
        *(revise(client, first, validity_term=f"P{years}Y") for years in range(4, 9))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    (version,) = [answer.json() for answer in answers if answer.status_code == 201]
    get_body(await step(client, version, "discard"))
    assert get_body(await revise(client, first, validity_term="P9Y"), 201)["version"] == 3


async def test_a_change_must_change_something(client: httpx.AsyncClient) -> None:
    first = await publish(client, await draft(client))
    assert_problem(await revise(client, first), 422, "version.unchanged")


@pytest.mark.parametrize(
    ("columns", "pointer"),
    [
        ({"validity_term": "P5Y"}, "/validity_term"),
        ({"level": 4}, "/level"),
        (
            {"labour_functions": [{"code": "A/02.3", "name": "Приём обращений"}]},
            "/labour_functions/A~101.3",
        ),
        (
            {"requirements": {"rule": "document", "kind": "diploma", "title": "Диплом"}},
            "/requirements/kind",
        ),
        (
            {"occupational_standard": {"code": "07.011", "title": "x"}},
            "/occupational_standard/code",
        ),
    ],
)
async def test_an_editorial_correction_changes_wording_only(
    client: httpx.AsyncClient, columns: dict[str, Any], pointer: str
) -> None:
    first = await publish(client, await draft(client))
    refusal = await revise(client, first, "editorial", **columns)
    problem = assert_problem(refusal, 422, "version.substantive", pointer)
    assert pointer in problem["substantive"]
    assert (await revise(client, first, "substantive", **columns)).status_code == 201


async def test_an_editorial_correction_needs_no_expert_review(client: httpx.AsyncClient) -> None:
    first = await publish(client, await draft(client))
    functions = [{"code": "A/01.3", "name": "Приём и учёт обращений"}]
    second = get_body(await revise(client, first, "editorial", labour_functions=functions), 201)
    get_body(await step(client, second, "approve", APPROVAL))
    get_body(await step(client, second, "publish", {"effective_from": "2026-03-03"}))
    substantive = get_body(await revise(client, first, labour_functions=functions, level=4), 201)
    answer = await step(client, substantive, "approve", APPROVAL)
    assert_problem(answer, 409, "lifecycle.transition")


async def test_differences_say_what_changed_and_of_what_kind(client: httpx.AsyncClient) -> None:
    first = await publish(client, await draft(client))
    functions = [
        {"code": "A/02.3", "name": "Жалобы"},
        {"code": "A/01.3", "name": "Приём и учёт обращений"},
    ]
    second = get_body(await revise(client, first, labour_functions=functions, name="Оператор"), 201)
    comparison = get_body(await client.get(f"{path(second)}/differences"))
    differences = {
        difference["pointer"]: (
            difference["before"],
            difference["after"],
            difference["substantive"],
        )
        for difference in comparison["items"]
    }
    new_function = {"code": "A/02.3", "name": "Жалобы", "standard": None}
    assert differences == {
        "/name": ("Оператор контактного центра", "Оператор", False),
        "/labour_functions/A~101.3/name": ("Приём обращений", "Приём и учёт обращений", False),
        "/labour_functions/A~102.3": (None, new_function, True),
    }
    assert (
        comparison["before_version"],
        comparison["after_version"],
        comparison["substantive"],
    ) == (1, 2, True)
    back = get_body(await client.get(f"{path(first)}/differences?since_version=2"))
    assert len(back["items"]) == 3
    assert get_body(await client.get(f"{path(first)}/differences"))["items"] == []


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        ("2026-02-28", "version.before_approval"),
        ("2026-03-01", "version.order"),
    ],
)
async def test_a_day_on_which_a_change_cannot_begin_is_refused(
    client: httpx.AsyncClient, day: str, rule: str
) -> None:
    first = await publish(client, await draft(client), "2026-03-01")
    second = await approve(client, get_body(await revise(client, first, level=4), 201))
    answer = await step(client, second, "publish", {"effective_from": day})
    assert_problem(answer, 422, rule, "/effective_from")
    assert get_body(await client.get(path(second)))["status"] == "approved"


async def test_what_was_in_force_on_a_past_day_stays_true(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    first = await publish(client, await draft(client), "2026-03-01")
    second = await approve(client, get_body(await revise(client, first, level=4), 201))
    clock.advance(days=5)
    answer = await step(client, second, "publish", {"effective_from": "2026-03-06"})
    assert_problem(answer, 422, "version.past", "/effective_from")


async def test_an_approval_is_not_of_tomorrow(client: httpx.AsyncClient) -> None:
    version = await draft(client)
    await step(client, version, "submit")
    answer = await step(client, version, "approve", {**APPROVAL, "protocol_date": "2026-03-03"})
    assert_problem(answer, 422, "approval.future", "/protocol_date")


async def test_the_database_itself_refuses_to_change_what_was_published(
    client: httpx.AsyncClient, database: Database
) -> None:
    await publish(client, await draft(client))
    for statement in (
        "UPDATE qualification_version SET content = '{}'",
        "DELETE FROM qualification_version",
    ):
        with pytest.raises(DBAPIError, match="never changes"):
            async with database.transaction() as session:
                await execute(session, text(statement))


async def test_a_registry_number_is_one_qualifications_for_good(
    client: httpx.AsyncClient,
) -> None:
    first = await publish(client, await draft(client, registry_number="07.01000.01"))
    answer = await client.post(
        "/v1/qualifications", json={**DRAFT, "name": "Другая", "registry_number": "07.01000.01"}
    )
    assert_problem(answer, 409, "qualification.registry_number", "/registry_number")
    renumbering = await revise(client, first, registry_number="07.01000.02")
    assert_problem(renumbering, 422, "version.registry_number", "/registry_number")
    late = await publish(client, await draft(client, name="Без номера"))
    numbered = await revise(
        client, late, "editorial", name="Без номера", registry_number="07.01000.03"
    )
    assert numbered.status_code == 201


@pytest.mark.parametrize(
    ("columns", "rule", "words"),
    [
        (
            {"labour_functions": DRAFT["labour_functions"] * 2},
            "qualification.repeated",
            "repeated: 07.010 A/01.3",
        ),
        (
            {"labour_functions": [{"code": "A/01.3", "name": "x", "standard": "06.005"}]},
            "qualification.function_standard",
            "does not rest on",
        ),
        (
            {"further_standards": [{"code": "07.010", "title": "x"}]},
            "qualification.repeated",
            "repeated: 07.010",
        ),
        (
            {
                "occupational_standard": None,
                "further_standards": [{"code": "07.010", "title": "x"}],
            },
            "qualification.first_standard",
            "name the first standard",
        ),
    ],
)
async def test_parts_that_do_not_fit_together_are_told(
    client: httpx.AsyncClient, columns: dict[str, Any], rule: str, words: str
) -> None:
    answer = await client.post("/v1/qualifications", json={**DRAFT, **columns})
    assert words in assert_problem(answer, 422, rule)["errors"][0]["detail"]


async def test_functions_of_two_standards_may_have_the_same_code(
    client: httpx.AsyncClient,
) -> None:
    functions = [
        {"code": "A/01.3", "name": "Приём"},
        {"code": "A/01.3", "name": "Сеть", "standard": "06.005"},
    ]
    second_standard = {"code": "06.005", "title": "Инженер"}
    version = await draft(client, labour_functions=functions, further_standards=[second_standard])
    assert [function["standard"] for function in version["labour_functions"]] == [None, "06.005"]
