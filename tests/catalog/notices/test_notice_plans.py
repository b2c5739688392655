"""A council sets when holders are told, of its own qualifications only; each change is an event."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shared.db import Database
from shared.events.catalog import QualificationNoticePlanSet
from shared.principal import Scope
from tests import tokens
from tests.catalog.qualifications import DRAFT, Json, draft, get_body, publish, revise
from tests.certificates.approvals import rows
from tests.clock import ManualClock
from tests.problems import assert_problem

OFFICE = tokens.bearer(Scope.PUBLISH, subject="savina", council=DRAFT["council"])
UNKNOWN_ID = "6f2a0f3c-3a58-4b3e-9d57-0f6f6f0c1a01"


@pytest.fixture
async def qualification(client: httpx.AsyncClient) -> Json:
    """A published qualification."""
    return await publish(client, await draft(client))


def _path(qualification: Json) -> str:
    return f"/v1/qualifications/{qualification['id']}/notice-plan"


async def _set_thresholds(
    client: httpx.AsyncClient, qualification: Json, *thresholds: Any, **headers: str
) -> httpx.Response:
    return await client.put(
        _path(qualification),
        json={"thresholds_days": thresholds},
        headers={**OFFICE, **{name.replace("_", "-"): text for name, text in headers.items()}},
    )


async def _list_events(database: Database) -> list[QualificationNoticePlanSet]:
    return [
        QualificationNoticePlanSet.model_validate_json(row.payload)
        for row in await rows(
            database,
            "SELECT payload FROM outbox WHERE headers ->> 'ce_type' = :type ORDER BY id",
            type=QualificationNoticePlanSet.TYPE,
        )
    ]


async def test_what_a_council_sets_stands_is_told_by_event_and_is_kept_with_who_and_when(
    client: httpx.AsyncClient, database: Database, qualification: Json, clock: ManualClock
) -> None:
    path = _path(qualification)
    first_answer = await client.get(path)
    assert get_body(first_answer) == {
        "qualification_id": qualification["id"],
        "revision": 0,
        "thresholds_days": None,
        "set_at": None,
    }
    set_answer = await _set_thresholds(
        client, qualification, 14, 180, 60, 14, If_Match=first_answer.headers["ETag"]
    )
    assert get_body(set_answer)["thresholds_days"] == [180, 60, 14]
    assert set_answer.headers["ETag"] == '"1"'
    assert get_body(await client.get(path)) == set_answer.json()
    clock.advance(days=1)
    reset_answer = await client.delete(path, headers={**OFFICE, "If-Match": '"1"'})
    assert (get_body(reset_answer)["thresholds_days"], reset_answer.json()["revision"]) == (None, 2)
    assert [
        (event.revision, event.thresholds_days, event.set_at, event.key)
        for event in await _list_events(database)
    ] == [
        (1, (180, 60, 14), datetime(2026, 3, 2, 9, tzinfo=UTC), qualification["id"]),
        (2, None, clock.now(), qualification["id"]),
    ]
    history = get_body(await client.get(f"{path}/changes?limit=1", headers=OFFICE))
    (change,) = history["items"]
    assert (change["revision"], change["set_by"]) == (2, "savina")
    older_page = await client.get(f"{path}/changes?cursor={history['next']}", headers=OFFICE)
    assert [item["thresholds_days"] for item in get_body(older_page)["items"]] == [[180, 60, 14]]


async def test_what_stands_already_is_not_set_again(
    client: httpx.AsyncClient, database: Database, qualification: Json
) -> None:
    untouched = await client.delete(_path(qualification), headers=OFFICE)
    assert get_body(untouched)["revision"] == 0
    for _ in range(2):
        assert get_body(await _set_thresholds(client, qualification, 60, 14))["revision"] == 1
    assert len(await _list_events(database)) == 1


async def test_who_decided_on_what_stood_before_is_refused(
    client: httpx.AsyncClient, qualification: Json
) -> None:
    get_body(await _set_thresholds(client, qualification, 60))
    for answer in (
        await _set_thresholds(client, qualification, 30, If_Match='"0"'),
        await client.delete(_path(qualification), headers={**OFFICE, "If-Match": '"7"'}),
    ):
        assert_problem(answer, 412, "resource.changed", "#header/If-Match")
    unchanged = await client.get(_path(qualification), headers={"If-None-Match": '"1"'})
    assert unchanged.status_code == 304


async def test_of_many_at_once_each_is_one_change(
    client: httpx.AsyncClient, database: Database, qualification: Json
) -> None:
    answers = await asyncio.gather(
        *(_set_thresholds(client, qualification, days, If_Match='"0"') for days in range(10, 18))
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 7]
    await asyncio.gather(*(_set_thresholds(client, qualification, days) for days in range(20, 28)))
    revisions = [event.revision for event in await _list_events(database)]
    assert revisions == list(range(1, len(revisions) + 1))
    assert len(revisions) == 9


@pytest.mark.parametrize(
    ("thresholds", "rule", "field"),
    [
        ([], "list.too_short", "/thresholds_days"),
        ([30, 0], "number.too_small", "/thresholds_days/1"),
        ([-7], "number.too_small", "/thresholds_days/0"),
        (["thirty"], "number.form", "/thresholds_days/0"),
        ([7.5], "number.form", "/thresholds_days/0"),
        ([10**30], "number.too_large", "/thresholds_days/0"),
        ([180, 731], "notice_plan.days", "/thresholds_days/1"),
        ([*range(1, 14)], "notice_plan.thresholds", "/thresholds_days"),
        ([1] * 101, "list.too_long", "/thresholds_days"),
        (None, "value.type", "/thresholds_days"),
    ],
)
async def test_thresholds_that_are_none_are_refused_by_field_and_rule(
    client: httpx.AsyncClient,
    database: Database,
    qualification: Json,
    thresholds: Any,
    rule: str,
    field: str,
) -> None:
    body = {"thresholds_days": thresholds}
    answer = await client.put(_path(qualification), json=body, headers=OFFICE)
    assert answer.status_code == 422
    problem = answer.json()
    errors = problem.get("errors") or [{"rule": problem["rule"], "pointer": problem["field"]}]
    assert (errors[0]["rule"], errors[0]["pointer"]) == (rule, field)
    assert await _list_events(database) == []


async def test_a_council_reaches_its_own_qualifications_only(
    client: httpx.AsyncClient, database: Database, qualification: Json
) -> None:
    other_council = tokens.bearer(Scope.PUBLISH, council="Другой совет")
    agency = tokens.bearer(Scope.PUBLISH, Scope.AMEND)
    decider = tokens.bearer(Scope.DECIDE, council=DRAFT["council"])
    path, body = _path(qualification), {"thresholds_days": [60]}
    unknown_path = path.replace(qualification["id"], UNKNOWN_ID)

    async def send(path: str, headers: dict[str, str]) -> list[httpx.Response]:
        return [
            await client.put(path, json=body, headers=headers),
            await client.delete(path, headers=headers),
            await client.get(f"{path}/changes", headers=headers),
        ]

    for headers, address, status, rule in (
        (other_council, path, 404, "qualification.unknown"),
        (OFFICE, unknown_path, 404, "qualification.unknown"),
        (agency, path, 403, "auth.council"),
        (decider, path, 403, "auth.scope"),
        ({"Authorization": ""}, path, 401, "auth.missing"),
    ):
        for answer in await send(address, headers):
            assert_problem(answer, status, rule)
    assert (await client.get(unknown_path)).status_code == 404
    assert await _list_events(database) == []


async def test_a_qualification_that_passed_to_another_council_is_that_ones(
    client: httpx.AsyncClient, qualification: Json, clock: ManualClock
) -> None:
    new_version = get_body(await revise(client, qualification, council="Новый совет"), 201)
    await publish(client, new_version, "2026-04-01")
    heir = tokens.bearer(Scope.PUBLISH, council="Новый совет")
    body = {"thresholds_days": [60]}
    assert get_body(await _set_thresholds(client, qualification, 30))["revision"] == 1
    assert (await client.put(_path(qualification), json=body, headers=heir)).status_code == 404
    clock.advance(days=31)
    assert (await _set_thresholds(client, qualification, 90)).status_code == 404
    answer = await client.put(_path(qualification), json=body, headers=heir)
    assert get_body(answer)["revision"] == 2


@pytest.mark.parametrize(
    ("language", "thresholds", "words"),
    [
        ("ru", [180, 60, 21], "За 180, 60 и 21 день до окончания срока"),
        ("en", [180, 60, 21], "180, 60 and 21 days before the certificate ends"),
        ("en", [1], "1 day before the certificate ends"),
        ("ru", None, "В сроки, общие для всех квалификаций"),
    ],
)
async def test_the_public_page_says_it_in_words(
    client: httpx.AsyncClient,
    qualification: Json,
    language: str,
    thresholds: list[int] | None,
    words: str,
) -> None:
    if thresholds is not None:
        get_body(await _set_thresholds(client, qualification, *thresholds))
    for address in ("", "/versions/1", "?on=31.02.2026"):
        page = await client.get(f"/{language}/qualifications/{qualification['id']}{address}")
        assert words in page.text
