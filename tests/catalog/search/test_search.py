"""Finding qualifications over HTTP."""

from typing import Any

import httpx
import pytest

from shared.paging import encode_cursor
from tests.catalog.qualifications import draft, get_body, path, publish
from tests.clock import ManualClock
from tests.problems import assert_problem


async def _find_names(client: httpx.AsyncClient, **question: Any) -> list[str]:
    answer = get_body(await client.get("/v1/qualifications", params=question))
    return [item["name"] for item in answer["items"]]


async def _publish(client: httpx.AsyncClient, day: str = "2026-03-02", **columns: Any) -> None:
    await publish(client, await draft(client, **columns), day)


async def test_search_finds_all_words_whatever_their_form_case_and_letter_yo(
    client: httpx.AsyncClient,
) -> None:
    await _publish(client, name="Учёт Ресурсов")
    await _publish(client, name="Скидка 100% на_всё")
    assert await _find_names(client, text="учет РЕСУРСОВ") == ["Учёт Ресурсов"]
    assert await _find_names(client, text="учёта ресурса") == ["Учёт Ресурсов"], "stems"
    assert await _find_names(client, text="ресур") == ["Учёт Ресурсов"], "beginnings"
    assert await _find_names(client, text="приём учёт") == ["Учёт Ресурсов"]
    assert await _find_names(client, text="учёт скидка") == []
    assert await _find_names(client, text="100%") == ["Скидка 100% на_всё"]
    assert await _find_names(client, text="a'; \\ :* & | !(") == []
    assert len(await _find_names(client, text="A/01.3")) == 2
    for sign in ("", "№ ", "№", "N ", "No. "):
        assert len(await _find_names(client, text=f"{sign}07.010")) == 2, sign
    assert len(await _find_names(client, text="  ")) == 2


async def test_search_does_not_mind_dashes_quotes_or_what_cannot_be_seen(
    client: httpx.AsyncClient,
) -> None:
    await _publish(client, name="Оператор «Ресурс—Учёт»")
    for text in ('"ресурс-учет"', "«Ресурс–Учёт»", "ре\u00adсурс"):
        assert await _find_names(client, text=text) == ["Оператор «Ресурс—Учёт»"], text


async def test_the_name_counts_more_than_the_functions(client: httpx.AsyncClient) -> None:
    functions = [{"code": "A/01.3", "name": "Контроль качества"}]
    await _publish(client, name="Аналитик", labour_functions=functions)
    await _publish(client, name="Контролёр качества и контроль")
    assert await _find_names(client, text="контроль качества") == [
        "Контролёр качества и контроль",
        "Аналитик",
    ]


async def test_filters_narrow_the_list(client: httpx.AsyncClient) -> None:
    second_standard = {"code": "06.005", "title": "Инженер"}
    await draft(client, name="черновик")
    await _publish(client, name="а", level=3, council="Первый")
    await _publish(client, name="б", level=4, council="Второй", further_standards=[second_standard])
    assert await _find_names(client) == ["а", "б"]
    assert await _find_names(client, level=4) == ["б"]
    assert await _find_names(client, standard="07.010") == ["а", "б"]
    assert await _find_names(client, standard="06.005") == ["б"]
    assert await _find_names(client, area="06") == ["б"]
    assert await _find_names(client, area="05") == [], "the second half of no code is an area"
    assert await _find_names(client, council="Первый") == ["а"]
    assert await _find_names(client, status="draft") == ["черновик"]
    wrong = await client.get("/v1/qualifications", params={"status": "retired"})
    assert_problem(wrong, 422, "request.invalid", "#query/status")


async def test_a_list_is_of_a_day(client: httpx.AsyncClient, clock: ManualClock) -> None:
    await _publish(client, name="старая", day="2026-03-01")
    await _publish(client, name="будущая", day="2026-04-01")
    assert await _find_names(client) == ["старая"]
    assert await _find_names(client, on="2026-04-01") == ["будущая", "старая"]
    assert await _find_names(client, on="2026-02-28") == []
    clock.advance(days=30)
    assert await _find_names(client) == ["будущая", "старая"], "midnight needs nobody's doing"


@pytest.mark.parametrize("text", [None, "квалификация"])
async def test_pages_are_exact(client: httpx.AsyncClient, text: str | None) -> None:
    for number in range(11):
        await _publish(client, name=f"Квалификация {number:02}")
    names: list[str] = []
    cursor: dict[str, str] = {"text": text} if text else {}
    while True:
        page = get_body(
            await client.get("/v1/qualifications?limit=5", params={"limit": 5, **cursor})
        )
        names += [item["name"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor["cursor"] = page["next"]
    assert names == [f"Квалификация {number:02}" for number in range(11)]


_ID = "6f2a0f3c-3a58-4b3e-9d57-0f6f6f0c1a01"


@pytest.mark.parametrize(
    ("address", "cursor"),
    [
        *(("/v1/qualifications", cursor) for cursor in ("x", "W10", "WyJhIiwiYiJd")),
        ("/v1/qualifications", encode_cursor("0", "Имя", _ID, 2**31)),
        ("/v1/qualifications", encode_cursor("1e9999", "Имя", _ID, 1)),
        ("/v1/qualifications", encode_cursor("NaN", "Имя", _ID, 1)),
        ("/v1/qualifications", encode_cursor("0", "\x00", _ID, 1)),
        ("/ops/dead-letters", encode_cursor(2**63)),
        ("/ops/set-aside", encode_cursor("9999-12-31T23:59:59-12:00", "a", "b")),
    ],
)
async def test_forged_cursors_are_problems(
    client: httpx.AsyncClient, address: str, cursor: str
) -> None:
    answer = await client.get(address, params={"cursor": cursor})
    assert_problem(answer, 422, "paging.cursor", "#query/cursor")


async def test_dead_letters_beyond_the_first_two_milliards_have_pages(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/ops/dead-letters", params={"cursor": encode_cursor(2**31)})
    assert get_body(answer) == {"items": [], "next": None}


async def test_sparse_answers_have_what_was_asked_for(client: httpx.AsyncClient) -> None:
    version = await draft(client)
    await publish(client, version)
    (item,) = get_body(await client.get("/v1/qualifications?fields=name,level"))["items"]
    assert set(item) == {"id", "name", "level"}
    answer = get_body(await client.get(f"{path(version)}?fields=requirements"))
    assert set(answer) == {"id", "requirements"}
    versions = await client.get(f"/v1/qualifications/{version['id']}/versions?fields=version")
    assert get_body(versions) == {"items": [{"id": version["id"], "version": 1}]}
    for address in ("/v1/qualifications", path(version), f"/v1/qualifications/{version['id']}"):
        wrong = await client.get(f"{address}?fields=name,surname")
        assert_problem(wrong, 422, "request.fields", "#query/fields")


@pytest.mark.parametrize(
    "day", ["0", "1772409600", "2026-03-02T00:00:00", "2026-3-2", "02.03.2026"]
)
async def test_a_day_is_asked_for_by_its_date_only(client: httpx.AsyncClient, day: str) -> None:
    version = await draft(client)
    addresses = [
        "/v1/qualifications",
        "/v1/exports/form.csv",
        f"/v1/qualifications/{version['id']}",
    ]
    for address in addresses:
        answer = await client.get(address, params={"on": day})
        assert_problem(answer, 422, "day.form", "#query/on")


async def test_who_has_it_already_is_told_so_until_it_changes(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    version = await draft(client)
    await publish(client, version, day="2026-03-05")
    address = f"/v1/qualifications/{version['id']}"
    first = await client.get(address)
    assert first.json()["state"] == "scheduled"
    known_tag = {"If-None-Match": first.headers["ETag"]}
    again = await client.get(address, headers=known_tag)
    assert (again.status_code, again.content) == (304, b"")
    list_answer = await client.get("/v1/qualifications")
    assert list_answer.json()["items"] == []
    known_tags = {"If-None-Match": f'"other", W/{list_answer.headers["ETag"]}'}
    assert (await client.get("/v1/qualifications", headers=known_tags)).status_code == 304
    clock.advance(days=3)
    assert len(get_body(await client.get("/v1/qualifications", headers=known_tags))["items"]) == 1
    later_answer = await client.get(address, headers=known_tag)
    assert (later_answer.status_code, later_answer.json()["state"]) == (200, "in_force")
