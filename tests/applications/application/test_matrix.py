"""The transition matrix over HTTP: every illegal pair is refused, and changes nothing."""

from typing import Any

import httpx
import pytest

from services.applications.application.status import TRANSITIONS, Command, Status
from shared.db import Database
from tests.applications import people
from tests.problems import assert_problem

C = Command
BY_EVENT_OR_APPEAL = {
    C.RECORD_CERTIFICATE,
    C.REOPEN_REVIEW,
    C.REOPEN_EXAMINATION,
    C.REOPEN_DECISION,
}


def _form() -> dict[str, Any]:
    form = people.form()
    del form["consent"]
    return form


POSTS: dict[Command, tuple[str, dict[str, Any]]] = {
    C.SUBMIT: ("submit", {}),
    C.BEGIN_REVIEW: ("begin-review", {"reviewer": "И."}),
    C.ADMIT: ("review", people.ADMIT),
    C.RETURN: ("review", people.RETURN),
    C.DECLINE: ("review", {"outcome": "decline", "reviewer": "И.", "reason": "?"}),
    C.RESUBMIT: ("resubmit", {}),
    C.SCHEDULE: ("schedule", people.appointment()),
    C.RECORD_NO_SHOW: ("record-no-show", {}),
    C.RECORD_EXAMINATION: ("record-examination", people.protocol()),
    C.SEND_TO_COUNCIL: ("send-to-council", {"sent_on": "2026-03-02"}),
    C.CERTIFY: ("decide", people.decision()),
    C.REFUSE: ("decide", people.decision(outcome="refuse")),
    C.HAND_OVER: ("hand-over", {"handed_over_on": "2026-03-02", "handover_method": "post"}),
    C.CLOSE: ("close", {}),
    C.WITHDRAW: ("withdraw", {}),
}


async def _send(
    client: httpx.AsyncClient, application_id: str, document_id: str, command: Command
) -> httpx.Response:
    path = f"/v1/applications/{application_id}"
    if command is C.AMEND:
        return await client.put(path, json=_form())
    if command is C.REMOVE_DOCUMENT:
        return await client.delete(f"{path}/documents/{document_id}")
    if command in (C.ATTACH_DOCUMENT, C.ATTACH_MATERIAL):
        material = command is C.ATTACH_MATERIAL
        kind = "examination_material" if material else "identity_document_copy"
        return await people.attach_document(client, application_id, kind)
    name, body = POSTS[command]
    return await client.post(f"{path}/{name}", json=body)


def test_every_command_has_its_address() -> None:
    addressed = {*POSTS, C.AMEND, C.REMOVE_DOCUMENT, C.ATTACH_DOCUMENT, C.ATTACH_MATERIAL}
    assert addressed | BY_EVENT_OR_APPEAL == set(Command)
    assert addressed & BY_EVENT_OR_APPEAL == set()


@pytest.mark.parametrize("status", list(Status))
async def test_every_illegal_pair_is_refused(
    client: httpx.AsyncClient, database: Database, status: Status
) -> None:
    application_id = await people.send_to_council(client)
    async with database.transaction() as session:
        await people.execute_statement(
            session, "UPDATE application SET status = :status", status=status.value
        )
    path = f"/v1/applications/{application_id}"
    before = (await client.get(path)).json()
    rows = await people.count_rows(database)
    document_id = before["documents"][0]["id"]
    illegal = set(Command) - BY_EVENT_OR_APPEAL - TRANSITIONS.allowed_commands(status)
    assert illegal
    for command in sorted(illegal):
        answer = await _send(client, application_id, document_id, command)
        problem = assert_problem(answer, 409, "lifecycle.transition")
        assert problem["current_status"] == status
        assert problem["command"] == command
        assert problem["possible"] == sorted(TRANSITIONS.allowed_commands(status))
    assert (await client.get(path)).json() == before
    assert await people.count_rows(database) == rows
