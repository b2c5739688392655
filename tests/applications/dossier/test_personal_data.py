"""No personal field in logs, events, metrics or addresses: planted values are looked for in all."""

import json
import logging
import re
from typing import Any

import httpx
import pytest
import structlog
from fastapi.encoders import jsonable_encoder

from services.applications.documents.store import DocumentStore
from services.applications.main import create
from services.applications.scheduler import erase_expired_files, report_limits
from services.applications.settings import ApplicationsSettings
from shared import logs
from shared.db import Database
from tests import tokens
from tests.applications import people
from tests.applications.people import send_step
from tests.clock import ManualClock
from tests.serving import serving

NAMES = {"family_name": "Зюзюкова", "given_name": "Пульхерия", "patronymic": "Ферапонтовна"}
SECRET = {
    "birth_date": "1987-11-13",
    "email": "planted-mail@example.org",
    "phone": "+7 911 222-33-44",
    "address": "Засаженная улица, 5",
    "series": "51 13",
    "number": "998877",
    "issued_by": "Засаженный отдел",
    "postal_address": "Почтовая засада, 9",
    "payer": "Плательщик-Засада",
    "representative": "Представительская",
    "warrant": "77-АБ-123321",
    "file_name": "Паспорт Зюзюковой.pdf",
    "remark": "Замечание о Пульхерии",
    "reason": "Болела Пульхерия",
}


def build_planted_form() -> dict[str, Any]:
    return people.form(
        applicant={
            **NAMES,
            **{name: SECRET[name] for name in ("birth_date", "email", "phone", "address")},
        },
        identity_document={
            **people.form()["identity_document"],
            **{name: SECRET[name] for name in ("series", "number", "issued_by")},
        },
        postal_address=SECRET["postal_address"],
        payer={"kind": "other", "name": SECRET["payer"]},
        representative={
            "family_name": SECRET["representative"],
            "given_name": "Ия",
            "basis": "power_of_attorney",
            "document_number": SECRET["warrant"],
        },
    )


class Addresses(httpx.AsyncBaseTransport):
    """Notes every address that is asked for."""

    def __init__(self, inner: httpx.AsyncBaseTransport, addresses: list[str]) -> None:
        self._inner, self._addresses = inner, addresses

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        self._addresses += [str(request.url), answer.headers.get("Location", "")]
        return answer


async def test_planted_values_are_found_nowhere(
    settings: ApplicationsSettings,
    database: Database,
    clock: ManualClock,
    capfd: pytest.CaptureFixture[str],
) -> None:
    await people.deliver_record(
        database, settings, clock, people.build_record(people.build_published_event(), clock.now())
    )
    app = create(settings, clock)
    logs.configure_logging("applications", "http", "DEBUG", "json")
    addresses: list[str] = []
    async with serving(app) as client:
        client._transport = Addresses(client._transport, addresses)
        application_id = await _whole_procedure(client)
        clock.advance(days=40)
        await report_limits(database, clock, settings)
        metrics = (await client.get("/metrics")).text
        await _provoke(client, application_id)
        clock.advance(days=500)
        store = DocumentStore.open(settings.documents_url)
        assert await erase_expired_files(database, store, clock, settings) == 1
        letters = (await client.get("/ops/dead-letters")).text
    logging.shutdown()
    logged_text = capfd.readouterr().err
    assert '"event":"request"' in logged_text, "there must be logs to look into"
    assert '"event":"file.erased"' in logged_text
    events = await people.fetch_rows(database, "SELECT headers, payload FROM outbox")
    event_text = json.dumps(
        jsonable_encoder([[row.headers, json.loads(row.payload)] for row in events]),
        ensure_ascii=False,
    )
    assert len(events) >= 4
    places = {
        "logs": logged_text,
        "metrics": re.sub(r" \S+$", "", metrics, flags=re.MULTILINE),  # figures have any digits
        "addresses": "\n".join(addresses),
        "dead letters": letters,
        "events": event_text,
    }
    for place, content in places.items():
        for name, value in {**SECRET, **NAMES}.items():
            if place == "events" and name in NAMES:
                continue  # what a certificate or a statement prints
            assert value not in content, f"{name} stands in {place}"
            assert json.dumps(value)[1:-1] not in content, f"{name} stands in {place}"


async def _whole_procedure(client: httpx.AsyncClient) -> str:
    response = await client.post("/v1/applications", json=build_planted_form())
    assert response.status_code == 201, response.text
    application_id: str = response.json()["id"]
    path = f"/v1/applications/{application_id}"
    for kind in ("education_secondary", "training"):
        answer = await client.post(
            f"{path}/documents",
            data={"kind": kind},
            files={"file": (SECRET["file_name"], people.PDF + kind.encode())},
        )
        assert answer.status_code == 201, answer.text
    await client.post(f"{answer.headers['Location']}/download-links")
    await people.run_step(client, application_id, "begin-review", "under_review", reviewer="И.")
    remark = {"field": "/applicant/birth_date", "text": SECRET["remark"]}
    returned = {**people.RETURN, "remarks": [remark]}
    await people.run_step(client, application_id, "review", "returned", **returned)
    form = build_planted_form()
    del form["consent"]
    assert (await client.put(path, json=form)).status_code == 200
    await people.run_step(client, application_id, "resubmit", "submitted")
    await people.run_step(client, application_id, "begin-review", "under_review", reviewer="И.")
    await people.run_step(client, application_id, "review", "admitted", **people.ADMIT)
    await people.run_step(client, application_id, "schedule", "scheduled", **people.appointment())
    later = people.appointment(reason=SECRET["reason"], starts_at="2026-03-02T12:00:00+03:00")
    await people.run_step(client, application_id, "schedule", "scheduled", **later)
    protocol = people.protocol(practice=people.part(1))
    await people.run_step(client, application_id, "record-examination", "examined", **protocol)
    await people.run_step(
        client, application_id, "send-to-council", "with_council", sent_on="2026-03-02"
    )
    refusal = people.decision(outcome="refuse")
    await people.run_step(client, application_id, "decide", "not_confirmed", **refusal)
    await client.get(f"{path}/personal-data")
    await client.get(f"{path}/statement")
    return application_id


async def _provoke(client: httpx.AsyncClient, application_id: str) -> None:
    """Refusals and defects, whose messages like to quote."""
    bad = build_planted_form()
    bad["applicant"]["birth_date"] = SECRET["birth_date"] + "x"
    assert (await client.post("/v1/applications", json=bad)).status_code == 422
    again = await send_step(client, application_id, "record-examination", **people.protocol())
    assert again.status_code == 409
    cyrillic = {"Authorization": f"Bearer {tokens.token()}"}
    response = await client.post("/v1/applications", json=build_planted_form(), headers=cyrillic)
    assert response.status_code == 403
    lost = {
        **build_planted_form(),
        "payer": {"kind": "other", "name": SECRET["payer"], "x": "\ud800"},
    }
    body = json.dumps(lost).encode()
    answer = await client.post(
        "/v1/applications", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422)
    structlog.contextvars.clear_contextvars()
