"""Importing a council's table over HTTP: a dry run, then its rows as drafts."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from services.catalog.qualification.form import QualificationDraft
from services.catalog.settings import CatalogSettings
from shared.db import Database, execute
from tests.catalog.council_table.council_tables import (
    SEED,
    as_csv,
    as_docx,
    as_xlsx,
    reviewed,
    table,
)
from tests.catalog.council_table.test_hostile import OLE, ROWS, bomb, repacked, unchanged
from tests.catalog.qualifications import get_body, path, publish
from tests.clock import ManualClock
from tests.problems import assert_problem

FRAGMENTS = [fragment for row in table() for fragment in row]
SAME_TABLE = {
    SEED.name: SEED.read_bytes(),
    "table.csv": as_csv(FRAGMENTS),
    "table.xlsx": as_xlsx(FRAGMENTS, merge_column=3),
    "table.docx": as_docx(FRAGMENTS, merge_column=3),
}


async def _uploaded(
    client: httpx.AsyncClient, content: bytes, name: str, **headers: str
) -> httpx.Response:
    return await client.post("/v1/imports", files={"file": (name, content)}, headers=headers)


async def _report(client: httpx.AsyncClient, name: str = SEED.name) -> dict[str, Any]:
    return get_body(await _uploaded(client, SAME_TABLE[name], name), 201)


def _completion_body(report: dict[str, Any]) -> dict[str, Any]:
    """What the publisher completes: what differs from the reviewed data, with its reasons."""
    rows = []
    for candidate, data in zip(report["candidates"], reviewed(), strict=True):
        read = candidate["draft"]
        members = {"occupational_standard", "validity_term"}
        complete = {name: data[name] for name in members if read[name] != data[name]}
        reasons = data["completed_by_publisher"]
        completion = {"complete": complete, "completed_by_publisher": reasons}
        rows.append({"row": candidate["row"], **completion})
    return {"rows": rows}


async def _apply(
    client: httpx.AsyncClient, report: dict[str, Any], body: dict[str, Any]
) -> httpx.Response:
    return await client.post(f"/v1/imports/{report['id']}/apply", json=body)


async def _drafts(client: httpx.AsyncClient, import_answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The contents of the versions that applying made."""
    contents = []
    for outcome in import_answer["outcomes"]:
        version = get_body(await client.get(path(outcome)))
        contents.append({name: version[name] for name in QualificationDraft.model_fields})
    return contents


def _expected_drafts() -> list[dict[str, Any]]:
    return [QualificationDraft.model_validate(data).model_dump(mode="json") for data in reviewed()]


@pytest.mark.parametrize("name", SAME_TABLE)
async def test_the_councils_table_with_the_told_repairs_equals_the_reviewed_data(
    client: httpx.AsyncClient, name: str
) -> None:
    report = await _report(client, name)
    assert report["rows"] == 5
    assert report["counts"]["error"] == 0
    assert get_body(await client.get("/v1/qualifications?status=draft"))["items"] == [], "a dry run"
    import_answer = get_body(await _apply(client, report, _completion_body(report)))
    assert [outcome["outcome"] for outcome in import_answer["outcomes"]] == ["drafted"] * 5
    assert await _drafts(client, import_answer) == _expected_drafts()


async def test_the_dry_run_tells_every_defect_with_its_place(client: httpx.AsyncClient) -> None:
    report = await _report(client)
    findings = {
        (finding["rule"], candidate["row"], finding["column_name"])
        for candidate in report["candidates"]
        for finding in candidate["findings"]
    }
    assert findings >= {
        ("code.transliterated", 2, "function_codes"),
        *(("validity.missing", row, "validity_term") for row in (3, 4, 5)),
        *(("standard.order_number_missing", row, "occupational_standard") for row in range(1, 6)),
        *(("standard.order_date_missing", row, "occupational_standard") for row in range(1, 6)),
        *(("row.split", row, None) for row in (2, 3, 4, 5)),
        *(("cell.blank_beside_dash", row, "legal_requirement") for row in (3, 4, 5)),
        *(("cell.markup", row, "requirements") for row in (3, 4, 5)),
        ("name.capital", 1, "name"),
        *(("row.lost_cells", row, None) for row in (3, 4)),
    }
    second = report["candidates"][1]
    transliterations = [f for f in second["findings"] if f["rule"] == "code.transliterated"]
    assert [(f["before"], f["after"]) for f in transliterations] == [
        ("V/02.4", "B/02.4"),
        ("V/03.4", "B/03.4"),
    ]
    assert len(second["source"]) == 11
    assert report["candidates"][2]["draft"]["validity_term"] is None, "never filled in"


async def test_what_the_table_lacks_stays_absent_unless_it_is_completed(
    client: httpx.AsyncClient,
) -> None:
    report = await _report(client)
    import_answer = get_body(await _apply(client, report, {"rows": [{"row": 3}]}))
    (draft,) = await _drafts(client, import_answer)
    assert draft["validity_term"] is None
    assert draft["occupational_standard"]["order_number"] is None
    assert draft["completed_by_publisher"] == []


async def test_nothing_is_completed_without_a_reason(client: httpx.AsyncClient) -> None:
    report = await _report(client)
    silent = {"rows": [{"row": 1}, {"row": 3, "complete": {"validity_term": "P3Y"}}]}
    answer = await _apply(client, report, silent)
    assert_problem(answer, 422, "import.reason", "/rows/1/completed_by_publisher")
    stored_report = get_body(await client.get(f"/v1/imports/{report['id']}"))
    assert stored_report["outcomes"] == [], "all rows or none"
    assert get_body(await client.get("/v1/qualifications?status=draft"))["items"] == []


@pytest.mark.parametrize(
    ("row", "rule", "pointer"),
    [
        ({"row": 9}, "import.row", "/rows/0/row"),
        ({"row": 1, "complete": {"surname": 1}}, "import.member", "/rows/0/complete"),
        (
            {
                "row": 1,
                "complete": {"level": "x"},
                "completed_by_publisher": [{"column": "level", "reason": "r"}],
            },
            "import.incomplete",
            "/rows/0/complete/level",
        ),
    ],
)
async def test_a_bad_row_is_told_by_its_place(
    client: httpx.AsyncClient, row: dict[str, Any], rule: str, pointer: str
) -> None:
    report = await _report(client)
    assert_problem(await _apply(client, report, {"rows": [row]}), 422, rule, pointer)


async def test_a_row_with_an_error_waits_for_a_persons_decision(client: httpx.AsyncClient) -> None:
    fragments = [list(cells) for cells in FRAGMENTS]
    fragments[0][9] = "сколько-то лет"
    report = get_body(await _uploaded(client, as_csv(fragments), "a.csv"), 201)
    first = report["candidates"][0]
    assert (first["applicable"], report["counts"]["error"]) == (False, 1)
    answer = await _apply(client, report, {"rows": [{"row": 1}]})
    problem = assert_problem(answer, 422, "import.unresolved", "/rows/0/complete")
    assert problem["unresolved"] == ["validity.unread"]
    reason = [{"column": "validity_term", "reason": "Решение совета"}]
    row = {"row": 1, "complete": {"validity_term": "P3Y"}, "completed_by_publisher": reason}
    import_answer = get_body(await _apply(client, report, {"rows": [row]}))
    assert (await _drafts(client, import_answer))[0]["validity_term"] == "P3Y"


async def test_applying_again_makes_nothing_twice(
    client: httpx.AsyncClient, database: Database
) -> None:
    report = await _report(client)
    body = _completion_body(report)
    answers = await asyncio.gather(*(_apply(client, report, body) for _ in range(4)))
    outcome_lists = [get_body(answer)["outcomes"] for answer in answers]
    assert outcome_lists == [outcome_lists[0]] * 4
    async with database.read_only_transaction() as session:
        count = await execute(session, text("SELECT count(*) FROM qualification_version"))
        assert count.scalar_one() == 5


async def test_a_table_of_what_is_published_changes_only_what_it_says(
    client: httpx.AsyncClient,
) -> None:
    report = await _report(client)
    import_answer = get_body(await _apply(client, report, _completion_body(report)))
    for outcome in import_answer["outcomes"]:
        await publish(client, outcome)
    second = await _report(client, "table.csv")
    body = _completion_body(second)
    body["rows"][0]["complete"] |= {"validity_term": "P5Y"}
    body["rows"][0]["completed_by_publisher"] += [{"column": "validity_term", "reason": "Решение"}]
    unsaid = await _apply(client, second, body)
    problem = assert_problem(unsaid, 422, "import.change", "/rows/0/change")
    assert problem["existing"] == import_answer["outcomes"][0]["id"]
    body["rows"][0] |= {"change": "substantive", "change_reason": "Новый срок"}
    outcomes = get_body(await _apply(client, second, body))["outcomes"]
    assert [outcome["outcome"] for outcome in outcomes] == ["revised"] + ["unchanged"] * 4
    assert [outcome["version"] for outcome in outcomes] == [2, 1, 1, 1, 1]


async def test_a_table_without_numbers_leaves_the_number_that_was_given(
    client: httpx.AsyncClient,
) -> None:
    report = await _report(client)
    body = _completion_body(report)
    number = "07.01000.01"
    body["rows"][0]["complete"] |= {"registry_number": number}
    body["rows"][0]["completed_by_publisher"] += [{"column": "registry_number", "reason": "Реестр"}]
    import_answer = get_body(await _apply(client, report, body))
    await publish(client, import_answer["outcomes"][0])
    second = await _report(client, "table.csv")
    rows = _completion_body(second)["rows"][:1]
    (first_outcome,) = get_body(await _apply(client, second, {"rows": rows}))["outcomes"]
    assert first_outcome["outcome"] == "unchanged"
    third = await _report(client, "table.xlsx")
    rows[0]["complete"] |= {"validity_term": "P5Y"}
    rows[0]["completed_by_publisher"] += [{"column": "validity_term", "reason": "Решение"}]
    rows[0] |= {"change": "substantive", "change_reason": "Новый срок"}
    (revised,) = get_body(await _apply(client, third, {"rows": rows}))["outcomes"]
    version = get_body(await client.get(path(revised)))
    assert (version["registry_number"], version["validity_term"]) == (number, "P5Y")


async def test_the_file_is_kept_as_it_came_and_listed(client: httpx.AsyncClient) -> None:
    name = "таблица совета.txt"
    content = SEED.read_bytes()
    key = {"Idempotency-Key": str(uuid4())}
    first = get_body(await _uploaded(client, content, name, **key), 201)
    again = get_body(await _uploaded(client, content, name, **key), 201)
    assert first["id"] == again["id"]
    answer = await client.get(f"/v1/imports/{first['id']}/file")
    assert answer.content == content
    assert answer.headers["x-content-type-options"] == "nosniff"
    (item,) = get_body(await client.get("/v1/imports"))["items"]
    assert (item["file_name"], item["size"], item["rows"]) == (name, len(content), 5)
    unknown = await client.get(f"/v1/imports/{uuid4()}")
    assert_problem(unknown, 404, "import.unknown")


async def test_imports_are_listed_newest_first_page_by_page(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    reports = []
    for name in ("table.csv", SEED.name, "table.xlsx"):
        clock.advance(minutes=1)
        reports.append(await _report(client, name))
    first = get_body(await client.get("/v1/imports?limit=2"))
    second = get_body(await client.get("/v1/imports", params={"cursor": first["next"]}))
    items = first["items"] + second["items"]
    assert (len(first["items"]), second["next"]) == (2, None)
    assert items == [{name: report[name] for name in items[0]} for report in reversed(reports)]


HOSTILE: dict[str, list[tuple[bytes, str | None]]] = {
    "table.docx": [
        (as_docx(ROWS)[:900], "table.damaged"),
        (OLE + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600, "table.encrypted"),
        (bomb(1_000, 500_000_000), None),
        (repacked(as_docx(ROWS), unchanged, word__vbaProject_DOT_bin=b"x"), "table.macros"),
        (b"%PDF-1.7 ...", "table.type"),
        (b"", "table.damaged"),
    ],
    "table.docm": [(as_docx(ROWS), "table.macros")],
    "table.exe": [(b"MZ", "table.type")],
}


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [(name, content, rule) for name, files in HOSTILE.items() for content, rule in files],
)
async def test_a_hostile_file_is_a_clear_problem(
    client: httpx.AsyncClient, name: str, content: bytes, rule: str | None
) -> None:
    answer = await _uploaded(client, content, name)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["rule"].startswith("table.")
    if rule is not None:
        assert answer.json()["rule"] == rule
    assert get_body(await client.get("/v1/imports"))["items"] == []


async def test_a_file_above_the_limit_is_not_read(
    client: httpx.AsyncClient, settings: CatalogSettings
) -> None:
    content = b"x" * (settings.table_upload_bytes + 1)
    assert_problem(await _uploaded(client, content, "a.csv"), 422, "table.upload_size", "/file")
    larger_content = b"x" * (settings.table_upload_bytes + 100_000)
    assert_problem(await _uploaded(client, larger_content, "a.csv"), 413, "request.too_large")


async def test_a_name_with_folders_is_a_name(client: httpx.AsyncClient) -> None:
    import_answer = get_body(
        await _uploaded(client, SEED.read_bytes(), "..\\..\\etc/passwd.txt"), 201
    )
    assert import_answer["file_name"] == "passwd.txt"
