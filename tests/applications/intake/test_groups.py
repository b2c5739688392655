"""A group in one file: each row answered on its own, a retry takes none twice."""

import csv
import io
import json
from typing import Any

import httpx
import pytest

from shared.db import Database
from shared.principal import Scope
from tests import tokens
from tests.applications import people
from tests.problems import assert_language, assert_problem

PATH = "/v1/application-groups"


async def send(client: httpx.AsyncClient, content: str | bytes, **headers: str) -> httpx.Response:
    data = content.encode() if isinstance(content, str) else content
    return await client.post(PATH, files={"file": ("group", data)}, headers=headers)


def lines(*forms: dict[str, Any]) -> str:
    return "\n".join(json.dumps(form, ensure_ascii=False) for form in forms)


def flat(form: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for name, value in form.items():
        if isinstance(value, dict):
            cells |= flat(value, f"{prefix}{name}.")
        else:
            cells[prefix + name] = value
    return cells


def table(forms: list[dict[str, Any]], separator: str) -> str:
    rows = [flat(form) for form in forms]
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


async def test_good_rows_are_taken_and_bad_ones_fail_alone(
    client: httpx.AsyncClient, database: Database
) -> None:
    content = "\n".join(
        [
            lines(people.form(), people.applicant(birth_date="2030-01-01")),
            "{not json",
            "",
            lines(people.form(surprise=1), people.applicant(given_name="Вера")),
        ]
    )
    answer = (await send(client, content)).json()
    assert (answer["accepted_count"], answer["refused_count"]) == (2, 3)
    assert [row["rule"] for row in answer["items"]] == [
        *(None, "applicant.birth_date", "group.line", "request.invalid", None)
    ]
    assert answer["items"][3]["errors"][0]["pointer"] == "/surprise"
    assert [row["row"] for row in answer["items"]] == [1, 2, 3, 5, 6]
    stored_rows = await people.fetch_rows(database, "SELECT id FROM application")
    assert {str(row.id) for row in stored_rows} == {
        row["application_id"] for row in answer["items"] if row["application_id"]
    }


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_bad_rows_are_told_in_the_clients_language(
    client: httpx.AsyncClient, language: str
) -> None:
    bad_forms = [people.form(surprise=1), people.form(consent=7), {}, {"centre": "x"}]
    content = lines(*bad_forms, people.applicant(birth_date="2030-01-01")) + "\n{not json\n[]"
    answer = await send(client, content, **{"Accept-Language": language})
    rows = answer.json()["items"]
    assert len(rows) == 7
    for row in rows:
        assert_language([*row["errors"], {"pointer": "", "detail": row["detail"]}], language)


@pytest.mark.parametrize("separator", [",", ";"])
async def test_a_table_says_the_same_as_lines(
    client: httpx.AsyncClient, database: Database, separator: str
) -> None:
    payer = {
        "kind": "employer",
        "name": "ООО «Связь, и точка»",
        "registration_number": "7701234567",
        "result_shared_with_employer": True,
    }
    content = "\ufeff" + table([people.form(payer=payer), people.form()], separator)
    answer = (await send(client, content)).json()
    assert answer["accepted_count"] == 2, answer
    first, second = answer["items"]
    first_application = (await client.get(f"/v1/applications/{first['application_id']}")).json()
    assert first_application["payer"] == payer
    assert first_application["applicant"]["family_name"] == "Петрова-Водкина"
    second_application = (await client.get(f"/v1/applications/{second['application_id']}")).json()
    assert second_application["payer"]["kind"] == "applicant"


async def test_a_thousand_people_and_a_retry_that_takes_nobody_twice(
    client: httpx.AsyncClient, database: Database
) -> None:
    content = lines(*(people.applicant(birth_date=f"19{n % 90 + 10}-01-01") for n in range(1000)))
    first = (await send(client, content, **{"Idempotency-Key": "group-of-march"})).json()
    assert (first["accepted_count"], first["refused_count"]) == (1000, 0)
    again = (await send(client, content, **{"Idempotency-Key": "group-of-march"})).json()
    assert again == first
    assert len(await people.fetch_rows(database, "SELECT id FROM application")) == 1000
    response = await send(client, content + "\n" + lines(people.form()))
    assert_problem(response, 422, "group.size", "/file")


async def test_what_is_no_group_is_refused(client: httpx.AsyncClient) -> None:
    assert_problem(await send(client, ""), 422, "group.size", "/file")
    assert_problem(await send(client, b"\xff\xfe\x00"), 422, "sheet.encoding", "/file")
    clash = (await send(client, "applicant,applicant.family_name\nА,Б\n")).json()
    assert [row["rule"] for row in clash["items"]] == ["group.columns"]
    centre = tokens.bearer(Scope.PROCESS, centre="77.001")
    foreign = await client.post(
        PATH, files={"file": ("group", lines(people.form()).encode())}, headers=centre
    )
    assert [row["rule"] for row in foreign.json()["items"]] == ["auth.centre"]


@pytest.mark.parametrize(
    ("content", "rules"),
    [
        (table([people.form()] * 2, "\t"), [None, None]),
        ("sep=;\r\n" + table([people.form()] * 2, ";"), [None, None]),
        (table([people.form()] * 2, ",").replace("\r\n", "\r"), [None, None]),
        (table([people.form()], ",") + ",,,\r\n\r\n" + ",\r\n", [None]),
        (table([people.form()], ",").replace("2020-01-20", "20.01.2020"), [None]),
        (table([people.form()], ",").rstrip() + ",лишняя\r\n", ["group.cells"]),
        ('{"a":' + "[" * 5000 + "]" * 5000 + "}\n" + lines(people.form()), ["group.line", None]),
        ('{"a": NaN}\n{"a": 1, "a": 2}\n', ["group.line", "group.line"]),
        (lines(people.form()) + "\n[1]", [None, "group.line"]),
        (lines(people.form(), people.form()).replace("\n", "\r"), [None, None]),
        (lines(people.form()).encode("utf-16-le"), [None]),
        (table([people.form()], ";").encode("utf-16-le"), [None]),
        (table([people.form()], ";").encode("utf-16-be"), [None]),
        (table([people.form()], ";").encode("utf-32"), [None]),
        (";;\r\n\r\n" + table([people.form()], ";"), [None]),
        (table([people.form()], ";").replace("True", "ИСТИНА"), [None]),
        (table([people.form(postal_address="#Н/Д")], ";"), ["group.error_value"]),
        (table([people.form(postal_address="г. В\nул. П")], ";").replace("\r\n", "\r"), [None]),
    ],
)
async def test_a_table_is_read_as_spreadsheets_save_it(
    client: httpx.AsyncClient, content: str | bytes, rules: list[str | None]
) -> None:
    answer = await send(client, content)
    assert answer.status_code == 200, answer.text
    assert [row["rule"] for row in answer.json()["items"]] == rules


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (table([people.form()], ",").replace("notify_by", "consent.given", 1), "sheet.columns"),
        (table([people.form(postal_address="x" * 140_000)], ","), "sheet.table"),
        (table([people.form()], ",") + '"не закрыта,1\r\n', "sheet.table"),
        ("\ufeff" + json.dumps([people.form()]), "group.array"),
    ],
)
async def test_a_table_that_would_lose_cells_is_refused_whole(
    client: httpx.AsyncClient, database: Database, content: str, rule: str
) -> None:
    assert_problem(await send(client, content), 422, rule, "/file")
    assert await people.fetch_rows(database, "SELECT id FROM application") == []


async def test_what_is_lost_of_a_cell_would_be_told(client: httpx.AsyncClient) -> None:
    address = "г. Вымышленск\rул. Пробная"
    applicant = {**people.form()["applicant"], "address": address}
    answer = (await send(client, lines(people.form(applicant=applicant)))).json()
    (row,) = answer["items"]
    application = (await client.get(f"/v1/applications/{row['application_id']}")).json()
    assert application["applicant"]["address"] == "г. Вымышленск ул. Пробная"
