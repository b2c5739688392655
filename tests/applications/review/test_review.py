"""The review: what it says, what it leads to."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.applications import people
from tests.applications.people import send_step
from tests.problems import assert_problem


@pytest.mark.parametrize(
    ("body", "rule", "pointer"),
    [
        ({"outcome": "return", "reviewer": "И."}, "review.remarks", "/remarks"),
        ({"outcome": "decline", "reviewer": "И."}, "review.reason", "/reason"),
        (
            {**people.RETURN, "remarks": [{"field": "/shoe_size", "text": "?"}]},
            "review.remark_field",
            "/remarks/0/field",
        ),
        (
            {**people.RETURN, "remarks": [{"document_id": str(uuid4()), "text": "?"}]},
            "review.remark_document",
            "/remarks/0/document_id",
        ),
        ({**people.RETURN, "remarks": [{"text": "?"}]}, "remark.target", "/remarks/0"),
    ],
)
async def test_a_review_says_what_it_is_about(
    client: httpx.AsyncClient, body: dict[str, Any], rule: str, pointer: str
) -> None:
    application_id = await people.begin_review(client)
    assert_problem(await send_step(client, application_id, "review", **body), 422, rule, pointer)


async def test_remarks_lead_to_amendment(client: httpx.AsyncClient) -> None:
    application_id = await people.begin_review(client)
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    remarks = [
        {"field": "/applicant/birth_date", "text": "В паспорте другая дата"},
        {"document_id": application["documents"][0]["id"], "text": "Не читается"},
    ]
    body = {**people.RETURN, "remarks": remarks}
    returned = await people.run_step(client, application_id, "review", "returned", **body)
    assert returned["review"]["remarks"] == remarks
    form = people.applicant(birth_date="1999-12-30")
    del form["consent"]
    path = f"/v1/applications/{application_id}"
    amended = await client.put(path, json=form)
    assert amended.status_code == 200, amended.text
    assert amended.json()["applicant"]["birth_date"] == "1999-12-30"
    other_form = {**form, "centre": {"number": "78.042", "name": "Другой"}}
    assert_problem(await client.put(path, json=other_form), 422, "application.amend", "/centre")


async def test_who_is_declined_can_only_appeal(client: httpx.AsyncClient) -> None:
    application_id = await people.begin_review(client)
    body = {"outcome": "decline", "reviewer": "И. К.", "reason": "Опыт неясен"}
    declined = await people.run_step(client, application_id, "review", "declined", **body)
    assert (declined["acts_next"], declined["allowed_commands"]) == (None, [])
