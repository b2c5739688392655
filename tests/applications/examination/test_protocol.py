"""The protocol of the examination: what it must say."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.db import Database
from tests.applications import people
from tests.applications.people import send_step
from tests.clock import ManualClock
from tests.problems import assert_problem

STAFF = {"name": "Е. Орлова", "own_staff": True}


@pytest.mark.parametrize(
    ("changes", "rule", "pointer"),
    [
        ({"theory": people.part(held_on="2026-03-03")}, "procedure.day", "/theory/held_on"),
        ({"theory": people.part(held_on="2026-03-01")}, "procedure.day", "/theory/held_on"),
        ({"practice": people.part(held_on="2026-03-03")}, "procedure.day", "/practice/held_on"),
        (
            {"theory": people.part(held_on="02.03.2026")},
            "day.form",
            "/theory/held_on",
        ),
        ({"theory": people.part(59)}, "examination.theory_first", "/practice"),
        ({"practice": None}, "examination.practice_missing", "/practice"),
        ({"theory": people.part(-1)}, "number.too_small", "/theory/scores/0/points"),
        ({"theory": {"held_on": "2026-03-02", "scores": []}}, "list.too_short", "/theory/scores"),
        ({"commission": [STAFF]}, "examination.commission", "/commission"),
        (
            {"commission": [STAFF, {"name": "К. С.", "own_staff": False}]},
            "examination.commission",
            "/commission",
        ),
        (
            {"commission": [STAFF, {"name": "е.  орлова", "own_staff": True}]},
            "examination.repeated",
            "/commission/1/name",
        ),
        (
            {"commission": [STAFF, {"name": "a\x00", "own_staff": True}]},
            "text.nul",
            "/commission/1/name",
        ),
        ({"commission": []}, "list.too_short", "/commission"),
        ({"protocol_number": ""}, "text.too_short", "/protocol_number"),
        ({"materials": [str(uuid4())]}, "examination.material", "/materials/0"),
    ],
)
async def test_a_faulty_protocol_is_refused(
    client: httpx.AsyncClient, database: Database, changes: dict[str, Any], rule: str, pointer: str
) -> None:
    application_id = await people.schedule_examination(client)
    before = await people.count_rows(database)
    answer = await send_step(
        client, application_id, "record-examination", **people.protocol(**changes)
    )
    assert_problem(answer, 422, rule, pointer)
    assert await people.count_rows(database) == before


async def test_practice_never_comes_before_theory(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.schedule_examination(client)
    clock.advance(days=2)
    body = people.protocol(
        theory=people.part(held_on="2026-03-04"), practice=people.part(held_on="2026-03-03")
    )
    answer = await send_step(client, application_id, "record-examination", **body)
    assert_problem(answer, 422, "examination.theory_first", "/practice/held_on")


async def test_materials_belong_to_the_protocol(client: httpx.AsyncClient) -> None:
    application_id = await people.schedule_examination(client)
    document = (await people.attach_document(client, application_id, "examination_material")).json()
    body = people.protocol(materials=[document["id"]], instrument="07.01000.01.001")
    application = await people.run_step(
        client, application_id, "record-examination", "examined", **body
    )
    assert application["examination"]["materials"] == [document["id"]]
    assert application["examination"]["instrument"] == "07.01000.01.001"
    assert [part["part"] for part in application["examination"]["parts"]] == ["theory", "practice"]
