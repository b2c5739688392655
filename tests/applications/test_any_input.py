"""Any value in any request or row of a group is carried out or refused: never by halves."""

import csv
import io
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

from shared.db import Database
from tests.applications import people
from tests.contracts.any_input import (
    INTEGERS,
    LONG_TEXTS,
    REQUEST_SETTINGS,
    TEXTS,
    VALUES,
    StrangeRequest,
    assert_answered,
    strange_requests,
)

FORM = people.form(
    representative={"family_name": "Лисина", "given_name": "Ева", "basis": "legal"},
    recertifies={"number": "07.01000.00.00000001.29", "issued_on": "2023-03-02"},
)


def _flatten(node: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for name, value in node.items():
        is_nested = isinstance(value, dict)
        cells |= _flatten(value, f"{prefix}{name}.") if is_nested else {prefix + name: value}
    return cells


CELLS = _flatten(FORM)


async def assert_whole(database: Database) -> None:
    """Every application has its consent, its history and its limits; nothing has them alone."""
    counts = await people.count_rows(database)
    assert counts["application"] == counts["consent"] == counts["history"], counts


@REQUEST_SETTINGS
@given(request=strange_requests("applications"))
async def test_any_value_in_any_request(client: httpx.AsyncClient, request: StrangeRequest) -> None:
    assert_answered(await request.send(client))


@REQUEST_SETTINGS
@given(name=st.sampled_from(list(CELLS)), value=VALUES)
async def test_any_value_in_an_application(
    client: httpx.AsyncClient, database: Database, name: str, value: object
) -> None:
    body = people.form(**FORM)
    *path, member = name.split(".")
    parent = body
    for part in path:
        parent[part] = dict(parent[part])
        parent = parent[part]
    parent[member] = value
    answer = await client.post("/v1/applications", json=body)
    assert_answered(answer)
    await assert_whole(database)


@REQUEST_SETTINGS
@given(
    name=st.sampled_from(list(CELLS)),
    text=TEXTS | INTEGERS.map(str) | LONG_TEXTS,
    delimiter=st.sampled_from(";,\t"),
    line_end=st.sampled_from(["\r\n", "\n", "\r"]),
)
async def test_any_text_in_a_cell_of_a_group(
    client: httpx.AsyncClient,
    database: Database,
    name: str,
    text: str,
    delimiter: str,
    line_end: str,
) -> None:
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, list(CELLS), delimiter=delimiter, lineterminator=line_end)
    writer.writeheader()
    writer.writerow(CELLS | {name: text})
    writer.writerow(CELLS)
    file = {"file": ("group.csv", table.getvalue().encode())}
    answer = await client.post("/v1/application-groups", files=file)
    assert_answered(answer)
    if answer.status_code == 200:
        rows = answer.json()["items"]
        assert [row["row"] for row in rows] == [1, 2]
        assert rows[1]["application_id"] is not None
        assert [row["rule"] is None for row in rows] == [
            bool(row["application_id"]) for row in rows
        ]
    await assert_whole(database)
