"""No name in logs, events, addresses or public answers: planted ones are looked for in all."""

import json
import logging
from typing import Any

import httpx
import pytest

from services.certificates import scheduler
from services.certificates.handlers import event_handlers
from services.certificates.main import create
from services.certificates.registry import feed
from services.certificates.settings import CertificatesSettings
from services.certificates.verification import jobs
from shared import logs
from shared.db import Database
from shared.events.applications import Holder
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import approval, delivery, failure, rows
from tests.clock import ManualClock
from tests.serving import serving

OLD = {"family_name": "Зюзюкова", "given_name": "Пульхерия", "patronymic": "Ферапонтовна"}
NEW = {**OLD, "family_name": "Засаженская"}
WRONG = {**OLD, "family_name": "Ошибочная"}
PLANTED = {*OLD.values(), *NEW.values(), *WRONG.values()}
NUMBER = "07.01000.00.00000001.29"
QUESTION = {"number": NUMBER, "issued_on": "2026-03-02"}


async def test_planted_names_are_found_nowhere(
    settings: CertificatesSettings,
    database: Database,
    clock: ManualClock,
    capfd: pytest.CaptureFixture[str],
) -> None:
    app = create(settings, clock)
    logs.configure_logging("certificates", "http", "DEBUG", "json")
    consumer = Consumer(database, settings, event_handlers(settings), clock)
    for event in (approval(), failure(), approval(registry_number=None)):
        named_event = event.model_copy(update={"holder": Holder(**OLD)})
        await consumer.handle_record(delivery(named_event, clock.now()))
    async with serving(app) as client:
        answers = await _life(client, database, settings, clock)
    logging.shutdown()
    log_text = capfd.readouterr().err
    assert '"event":"request"' in log_text, "there must be logs to look into"
    events = await rows(database, "SELECT payload FROM outbox")
    assert len(events) == 4
    disclosures = await rows(database, "SELECT resource FROM disclosure")
    assert len(disclosures) >= 5
    places = {
        "logs": log_text,
        "public answers": "\n".join(answer.text for answer in answers),
        "addresses": "\n".join(str(answer.request.url) for answer in answers),
        "events": "\n".join(row.payload.decode() for row in events),
        "the audit of reads": "\n".join(row.resource for row in disclosures),
        "jobs": "\n".join(
            f"{row.question}{row.answer}"
            for row in await rows(database, "SELECT question, answer FROM verification_row")
        ),
    }
    for place, content in places.items():
        for name in PLANTED:
            assert name not in content, f"{name} stands in {place}"
            assert json.dumps(name)[1:-1] not in content, f"{name} stands in {place}"


async def _life(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> list[httpx.Response]:
    """A duplicate, refusals, reads of the registry; then what the public and portals are told."""
    (row,) = await rows(database, "SELECT id FROM certificate WHERE number = :n", n=NUMBER)
    path = f"/v1/certificates/{row.id}"
    body: dict[str, Any] = {
        "ground": "name_change",
        "basis": "Свидетельство о браке",
        "applied_on": "2026-03-02",
        "holder": NEW,
    }
    assert (await client.post(f"{path}/duplicates", json=body)).status_code == 201
    wrong_ground = await client.post(f"{path}/duplicates", json={**body, "ground": "loss"})
    broken_body = await client.post(
        f"{path}/duplicates",
        content=json.dumps(body)[:-1],
        headers={"Content-Type": "application/json"},
    )
    assert (wrong_ground.status_code, broken_body.status_code) == (422, 422)
    await feed.sequence_entries(database, clock, settings)
    for read in ("", "/document.pdf", "/duplicates"):
        assert (await client.get(f"{path}{read}")).status_code == 200
    for read in ("feed", "records.ndjson", "records.csv"):
        assert (await client.get(f"/v1/registry/{read}")).status_code == 200
    lines = [QUESTION, {**QUESTION, "name": OLD}, {"name": NEW}, {**QUESTION, "name": WRONG}]
    job = await client.post(
        "/v1/verification/jobs",
        content="\n".join(map(json.dumps, lines)),
        headers={"Content-Type": "application/x-ndjson"},
    )
    await jobs.answer_next_rows(database, clock, settings)
    challenges = [
        await client.post("/v1/verification", json={**QUESTION, "name": name})
        for name in (OLD, NEW, WRONG)
    ]
    matches = [answer.json()["name_matches"] for answer in challenges]
    assert matches == [True, True, False]
    public = [
        *challenges,
        wrong_ground,
        broken_body,
        await client.get("/v1/verification", params={**QUESTION, "with_evidence": "true"}),
        await client.get("/ru/verify", params=QUESTION),
        await client.post("/v1/verification/many", json=[QUESTION, {"name": OLD}]),
        await client.get(f"{job.headers['location']}/answers"),
    ]
    clock.advance(days=800)
    await scheduler.Duties(database, clock, settings).erase_statement_names()
    return public
