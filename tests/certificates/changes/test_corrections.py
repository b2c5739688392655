"""A wrong fact on a certificate: proposed by one, confirmed by another, both versions kept."""

import asyncio
import io
import json
from typing import Any

import httpx
import pypdfium2
import pytest

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import rows
from tests.certificates.changes.test_changes import (
    ANNULMENT,
    FIRST,
    events,
    identity,
    issue,
    verdict,
)
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving

CENTRE = tokens.bearer(Scope.PROCESS, subject="clerk", centre="78.041")
OTHER_CENTRE = tokens.bearer(Scope.PROCESS, subject="clerk", centre="77.001")
AGENCY = tokens.bearer(Scope.AMEND, subject="officer")
COLLEAGUE = tokens.bearer(Scope.AMEND, subject="colleague")
RIGHT_NAME = {"family_name": "Белов", "given_name": "Анна", "patronymic": "Сергеевна"}
CORRECTION = {**ANNULMENT, "holder": RIGHT_NAME}


@pytest.fixture
async def path(consumer: Consumer, database: Database, clock: ManualClock) -> str:
    """The address of the corrections of a certificate, ten days after its issue."""
    await issue(consumer, clock)
    clock.advance(days=10)
    return f"/v1/certificates/{await identity(database, FIRST)}/corrections"


async def propose(client: httpx.AsyncClient, path: str, **changes: Any) -> str:
    answer = await client.post(path, json={**CORRECTION, **changes}, headers=CENTRE)
    assert answer.status_code == 201, answer.text
    return f"{path}/{answer.json()['id']}"


async def read_certificate(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    certificate: dict[str, Any] = (await client.get(path.removesuffix("/corrections"))).json()
    return certificate


async def test_a_corrected_certificate_says_the_right_thing_and_its_history_both(
    client: httpx.AsyncClient, database: Database, path: str
) -> None:
    protocol = {"decision_protocol": "С-71", "decided_on": "2026-02-28"}
    proposal = await propose(client, path, **protocol)
    assert (await read_certificate(client, path))["version"] == 1
    confirmed = await client.post(f"{proposal}/confirm", headers=AGENCY)
    assert confirmed.status_code == 200, confirmed.text
    certificate = await read_certificate(client, path)
    assert certificate["version"] == 2
    assert certificate["holder"] == RIGHT_NAME
    assert {name: certificate[name] for name in protocol} == protocol
    (correction,) = (await client.get(path, headers=CENTRE)).json()["items"]
    assert (correction["state"], correction["proposed_by"], correction["closed_by"]) == (
        *("confirmed", "clerk", "officer"),
    )
    assert correction["facts_before"]["holder"]["family_name"] == "Белова"
    assert correction["facts_before"]["decision_protocol"] == "С-17"
    assert correction["facts_after"]["holder"] == RIGHT_NAME
    *_, entry = await rows(database, "SELECT event, content FROM feed_entry ORDER BY id")
    record = json.loads(entry.content)
    assert (entry.event, record["version"], record["holder"]) == ("corrected", 2, RIGHT_NAME)
    change = (await events(database))[-1]
    assert (change["type"], change["kind"]) == ("changed", "corrected")
    assert "Белов" not in json.dumps(change, ensure_ascii=False)
    answer = await verdict(client)
    assert (answer["verdict"], answer["valid"]) == ("valid", True)
    question = {"number": FIRST, "issued_on": "2026-03-02", "name": RIGHT_NAME}
    assert (await client.post("/v1/verification", json=question)).json()["name_matches"] is True
    disclosed = await rows(database, "SELECT resource FROM disclosure")
    assert "corrections" in {row.resource for row in disclosed}


async def test_who_proposed_does_not_confirm(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path, json=CORRECTION, headers=AGENCY)
    proposal = f"{path}/{answer.json()['id']}"
    refusal = await client.post(f"{proposal}/confirm", headers=AGENCY)
    assert_problem(refusal, 403, "correction.same_person")
    assert (await read_certificate(client, path))["version"] == 1
    assert (await client.post(f"{proposal}/confirm", headers=COLLEAGUE)).status_code == 200


async def test_a_declined_correction_changes_nothing_and_makes_room_for_another(
    client: httpx.AsyncClient, path: str
) -> None:
    proposal = await propose(client, path)
    second = await client.post(path, json=CORRECTION, headers=AGENCY)
    assert_problem(second, 409, "correction.open")
    assert (await client.post(f"{proposal}/decline", headers=AGENCY)).status_code == 200
    for act in ("confirm", "decline"):
        refusal = await client.post(f"{proposal}/{act}", headers=AGENCY)
        assert_problem(refusal, 409, "correction.closed")
    assert (await read_certificate(client, path))["holder"]["family_name"] == "Белова"
    await propose(client, path)


async def test_what_cannot_be_corrected_is_refused(
    client: httpx.AsyncClient, database: Database, path: str
) -> None:
    nothing = await client.post(path, json=ANNULMENT, headers=CENTRE)
    assert_problem(nothing, 422, "correction.nothing")
    late = {**ANNULMENT, "decided_on": "2026-03-03"}
    refusal = await client.post(path, json=late, headers=CENTRE)
    assert_problem(refusal, 422, "correction.decided_on", "/decided_on")
    foreign = await client.post(path, json=CORRECTION, headers=OTHER_CENTRE)
    assert_problem(foreign, 404, "certificate.unknown")
    unknown = await client.post(f"{path}/99/confirm", headers=AGENCY)
    assert_problem(unknown, 404, "correction.unknown")
    proposal = await propose(client, path)
    annulled = await client.post(f"{path.removesuffix('/corrections')}/annul", json=ANNULMENT)
    assert annulled.status_code == 200
    ended = await client.post(f"{proposal}/confirm", headers=AGENCY)
    assert_problem(ended, 409, "correction.standing")
    again = await client.post(path, json=CORRECTION, headers=AGENCY)
    assert_problem(again, 409, "correction.standing")


async def test_the_certificate_and_later_duplicates_print_what_is_right(
    client: httpx.AsyncClient, clock: ManualClock, path: str
) -> None:
    own = path.removesuffix("/corrections")
    changed = {"family_name": "Чернова", "given_name": "Анна", "patronymic": "Сергеевна"}
    duplicate = {"basis": "Заявление", "applied_on": "2026-03-12"}
    for body in (
        {**duplicate, "ground": "loss"},
        {**duplicate, "ground": "name_change", "holder": changed},
    ):
        assert (await client.post(f"{own}/duplicates", json=body)).status_code == 201
    clock.advance(days=1)
    right_patronymic = {**RIGHT_NAME, "family_name": "Белова", "patronymic": "Семёновна"}
    proposal = await propose(client, path, holder=right_patronymic)
    assert (await client.post(f"{proposal}/confirm", headers=AGENCY)).status_code == 200
    error = {**duplicate, "ground": "error"}
    answer = await client.post(f"{own}/duplicates", json=error)
    assert answer.json()["holder"] == {**changed, "patronymic": "Семёновна"}
    printed = [
        await read_document(client, f"{own}/document.pdf{query}")
        for query in ("", "?duplicate=1", "?duplicate=3")
    ]
    for text, name in zip(printed, ("Семёновна", "Сергеевна", "Семёновна"), strict=True):
        assert name in text


async def read_document(client: httpx.AsyncClient, address: str) -> str:
    document = await client.get(address)
    assert document.status_code == 200, document.text
    with pypdfium2.PdfDocument(io.BytesIO(document.content)) as pdf:
        return str(pdf[0].get_textpage().get_text_bounded())


async def test_two_who_confirm_at_once_make_one_version(
    settings: CertificatesSettings, clock: ManualClock, client: httpx.AsyncClient, path: str
) -> None:
    proposal = await propose(client, path)
    async with serving(create(settings, clock)) as other:
        answers = await asyncio.gather(
            *(service.post(f"{proposal}/confirm", headers=AGENCY) for service in (client, other))
        )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert (await read_certificate(client, path))["version"] == 2
