"""Whose the earlier certificate is: certain by names and births, or for the council to say."""

from datetime import date
from typing import Any

import httpx
import pytest

from services.applications.application.models import Application
from services.applications.decision.recertified import is_holder_in_doubt
from shared.db import Database
from shared.events.applications import ApplicationApproved
from shared.messaging.consumer import Consumer
from tests.applications import people
from tests.applications.people import send_step
from tests.applications.test_handlers import approve_application, build_issued_event
from tests.clock import ManualClock
from tests.problems import assert_problem

EARLIER: dict[str, Any] = {
    "family_name": "Белова",
    "given_name": "Алёна",
    "patronymic": "Сергеевна",
    "birth_date": date(1990, 5, 17),
}


@pytest.mark.parametrize(
    ("changes", "is_in_doubt"),
    [
        ({}, False),
        ({"family_name": "БЕЛОВА", "given_name": "Алена"}, False),
        ({"family_name": "Belova", "given_name": "Alena", "patronymic": "Sergeevna"}, False),
        ({"birth_date": date(1990, 5, 18)}, True),
        ({"patronymic": None}, True),
        ({"patronymic": None, "birth_date": date(1990, 5, 18)}, False),
        ({"family_name": "Орлова"}, True),  # the surname may have changed
        ({"family_name": "Орлова", "birth_date": date(1990, 5, 18)}, False),
        ({"family_name": "Орлова", "given_name": "Вера"}, False),
        ({"family_name": None}, False),  # the file was erased
    ],
)
def test_names_and_births_leave_it_open_or_do_not(
    changes: dict[str, Any], is_in_doubt: bool
) -> None:
    applications = Application(**{**EARLIER, **changes}), Application(**EARLIER)
    assert is_holder_in_doubt(*applications) is is_in_doubt
    assert is_holder_in_doubt(*reversed(applications)) is is_in_doubt


async def test_the_council_says_whose_the_earlier_certificate_is(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    event = build_issued_event(await approve_application(client))
    await consumer.handle_record(people.build_record(event, clock.now()))
    issued_number = event.number
    application_id = await people.send_to_council(client)
    refusal = await send_step(client, application_id, "decide", **people.decision(same_holder=True))
    assert_problem(refusal, 422, "decision.not_recertifying", "/same_holder")
    async with database.transaction() as session:
        await people.execute_statement(
            session,
            "UPDATE application SET family_name = 'Орлова', recertifies = "
            "jsonb_build_object('number', cast(:number AS text), 'issued_on', '2026-03-02') "
            "WHERE id = cast(:id AS uuid)",
            number=issued_number,
            id=application_id,
        )
    question = await send_step(client, application_id, "decide", **people.decision())
    assert_problem(question, 422, "decision.same_holder", "/same_holder")
    body = people.decision(same_holder=True)
    await people.run_step(client, application_id, "decide", "approved", **body)
    (*_, row) = await people.fetch_rows(database, "SELECT payload FROM outbox ORDER BY id")
    approved = ApplicationApproved.model_validate_json(row.payload)
    assert (approved.recertifies, approved.same_holder_confirmed) == (issued_number, True)
    steps = (await client.get(f"/v1/applications/{application_id}/history")).json()["items"]
    assert [step["command"] for step in steps[-2:]] == ["confirm_same_holder", "certify"]
    assert steps[-2]["facts"] == {"certificate_number": issued_number}
