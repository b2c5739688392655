"""The end of a file: kept for its term, then erased with an act that proves it; consent; keys."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr, ValidationError

from services.applications.documents.store import DocumentStore
from services.applications.main import create
from services.applications.scheduler import erase_expired_files, reseal_rows
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.encryption import Keyring, Undecipherable
from shared.errors import TransientFailure
from shared.events.certificates import CertificateIssued
from shared.messaging.consumer import Consumer
from tests.applications import people
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving


async def erase(database: Database, clock: ManualClock, settings: ApplicationsSettings) -> int:
    return await erase_expired_files(
        database, DocumentStore.open(settings.documents_url), clock, settings
    )


async def test_a_failed_candidates_file_is_erased_when_its_term_ends_and_an_act_proves_it(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
    tmp_path: Path,
) -> None:
    application_id = await people.refuse_certification(client)
    other_id = await people.submit_application(client)
    await people.attach_document(client, other_id, "training")
    path = f"/v1/applications/{application_id}"
    assert (await client.get(path)).json()["kept_until"] == "2027-03-02"
    assert_problem(await client.get(f"{path}/erasure"), 404, "erasure.unknown")
    clock.advance(days=365)
    assert await erase(database, clock, settings) == 0, "the last day of the term is kept"
    clock.advance(days=1)
    assert await erase(database, clock, settings) == 1
    assert await erase(database, clock, settings) == 0
    act = (await client.get(f"{path}/erasure")).json()
    assert (act["act_number"], act["basis"]) == ("2027-000001", "kept until 2027-03-02")
    assert act["remaining_counts"] == {"application columns": 0, "document": 0, "consent": 0}
    assert act["remaining_files"] == []
    logged = {entry.get("table") or entry["result"] for entry in act["log"]}
    assert logged >= {"deleted", "application", "document", "consent", "review", "examination"}
    application = (await client.get(path)).json()
    assert (application["erased_on"], application["applicant"]["family_name"]) == (
        "2027-03-03",
        None,
    )
    erasure = [limit for limit in application["limits"] if limit["name"] == "erasure"]
    assert [(limit["due_on"], limit["state"]) for limit in erasure] == [("2027-04-01", "met")]
    stored_text = json.dumps(
        [
            [str(value) for value in row]
            for table in people.TABLES
            for row in await people.fetch_rows(
                database,
                f"SELECT * FROM {table} WHERE {_own(table)} = :id",
                id=UUID(application_id),
            )
        ],
        ensure_ascii=False,
    )
    for private in ("Петрова", "1999-12-31", "anna@", "Галерная, д. 1", "Орлова", "Громова"):
        assert private not in stored_text, private
    files = [path for path in (tmp_path / "documents").rglob("*") if path.is_file()]
    assert [path.parent.name for path in files] == [other_id]
    renewed = await client.post(f"{path}/renewals", json={"consent": people.form()["consent"]})
    assert_problem(renewed, 422, "application.nothing_to_prefill")


def _own(table: str) -> str:
    """The expression of the application's id in a row of the table."""
    expressions = {
        "application": "id",
        "delivery": "(SELECT application_id FROM decision WHERE decision.id = decision_id)",
    }
    return expressions.get(table, "application_id")


async def test_a_certified_persons_file_is_kept_three_years_after_the_certificate_ends(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    application_id = await people.send_to_council(client)
    await people.run_step(client, application_id, "decide", "approved", **people.decision())
    event = CertificateIssued(
        certificate_id=uuid4(),
        number="07.01000.01.00000001.29",
        application_id=UUID(application_id),
        qualification_id=people.OPERATOR,
        qualification_version=1,
        valid_until=date(2029, 3, 2),
        ends_on=date(2029, 3, 2),
        issued_on=date(2026, 3, 2),
    )
    await consumer.handle_record(people.build_record(event, clock.now()))
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    assert (application["status"], application["kept_until"]) == ("certified", "2032-03-02")


async def test_nothing_is_erased_while_an_appeal_is_open(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    application_id = await people.refuse_certification(client)
    body = {
        "appellant": "applicant",
        "appellant_name": "А.",
        "ground": "result_disputed",
        "explanation_text": "?",
        "informed_on": "2026-03-02",
        "filed_on": "2026-03-02",
    }
    response = await client.post(f"/v1/applications/{application_id}/appeals", json=body)
    clock.advance(days=900)
    assert await erase(database, clock, settings) == 0
    await client.post(f"{response.headers['Location']}/withdraw")
    assert await erase(database, clock, settings) == 1


async def test_a_store_that_does_not_answer_is_asked_again(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
    tmp_path: Path,
) -> None:
    application_id = await people.submit_application(client)
    await people.attach_document(client, application_id, "training")
    await client.post(f"/v1/applications/{application_id}/withdraw-consent")
    clock.advance(days=1)
    folder = tmp_path / "documents"
    store = DocumentStore.open(settings.documents_url)
    folder.rename(tmp_path / "away")
    folder.write_bytes(b"a file where the folder was")
    with pytest.raises(TransientFailure, match="object storage"):
        await erase_expired_files(database, store, clock, settings)
    folder.unlink()
    (tmp_path / "away").rename(folder)
    assert await erase(database, clock, settings) == 1
    assert [path for path in folder.rglob("*") if path.is_file()] == []


async def test_consent_taken_back_before_the_examination_ends_the_application(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    application_id = await people.submit_application(client)
    path = f"/v1/applications/{application_id}"
    once = (await client.post(f"{path}/withdraw-consent")).json()
    assert (once["status"], once["consent_withdrawn_at"]) == ("withdrawn", "2026-03-02T09:00:00Z")
    again = (await client.post(f"{path}/withdraw-consent")).json()
    assert again == once
    clock.advance(days=1)
    assert await erase(database, clock, settings) == 1


async def test_after_the_erasure_there_is_no_consent_to_take_back(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    application_id = await people.submit_application(client)
    path = f"/v1/applications/{application_id}/withdraw-consent"
    await client.post(path)
    clock.advance(days=1)
    assert await erase(database, clock, settings) == 1
    assert_problem(await client.post(path), 409, "consent.erased")


async def test_consent_taken_back_after_the_examination_leaves_the_file_to_the_law(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    application_id = await people.refuse_certification(client)
    answer = await client.post(f"/v1/applications/{application_id}/withdraw-consent")
    application = answer.json()
    assert (application["status"], application["kept_until"]) == ("not_confirmed", "2027-03-02")
    clock.advance(days=40)
    assert await erase(database, clock, settings) == 0


async def test_an_erased_file_is_never_filled_again(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    draft = (await client.post("/v1/applications", json=people.form(draft=True))).json()
    clock.advance(days=91)
    assert await erase(database, clock, settings) == 1
    path = f"/v1/applications/{draft['id']}"
    form = {name: value for name, value in people.form().items() if name != "consent"}
    assert_problem(await client.put(path, json=form), 409, "application.erased")
    answer = await people.attach_document(client, draft["id"], "training")
    assert_problem(answer, 409, "application.erased")
    assert (await client.get(f"{path}/erasure")).json()["remaining_files"] == []


async def test_an_abandoned_draft_is_erased(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    response = await client.post("/v1/applications", json=people.form(draft=True))
    assert (response.json()["status"], response.json()["kept_until"]) == ("draft", "2026-05-31")
    later_response = await client.post("/v1/applications", json=people.form(draft=True))
    path = f"/v1/applications/{later_response.json()['id']}"
    application = (await client.post(f"{path}/submit")).json()
    assert (application["status"], application["kept_until"]) == ("submitted", None)
    clock.advance(days=91)
    assert await erase(database, clock, settings) == 1


async def test_texts_of_consent_are_a_register(client: httpx.AsyncClient) -> None:
    unknown = people.form(consent={"text_version": "1", "given": True})
    answer = await client.post("/v1/applications", json=unknown)
    assert_problem(answer, 422, "consent.text_unknown", "/consent/text_version")
    body = {"version": "2026-04-01", "text": "Согласен", "in_force_from": "2026-04-01"}
    assert (await client.post("/v1/consent-texts", json=body)).status_code == 201
    again = await client.post("/v1/consent-texts", json=body)
    assert_problem(again, 409, "consent.text_exists", "/version")
    early = people.form(consent={"text_version": "2026-04-01", "given": True})
    answer = await client.post("/v1/applications", json=early)
    assert_problem(answer, 422, "consent.text_unknown", "/consent/text_version")
    texts = (await client.get("/v1/consent-texts")).json()["items"]
    assert [text["version"] for text in texts] == ["2026-04-01", "2025-09-01"]
    assert "238-ФЗ" in texts[1]["text"]


async def test_a_person_gets_all_that_is_held(client: httpx.AsyncClient) -> None:
    application_id = await people.refuse_certification(client)
    personal_data = (await client.get(f"/v1/applications/{application_id}/personal-data")).json()
    assert personal_data["application"]["identity_document"]["series"] == "4012"
    assert personal_data["application"]["applicant"]["address"].startswith("190000")
    assert personal_data["consent"]["text_version"] == "2025-09-01"
    assert [step["command"] for step in personal_data["history"]][-1] == "refuse"


async def test_identity_documents_are_sealed_and_keys_rotate(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    application_id = await people.submit_application(client)
    (row,) = await people.fetch_rows(database, "SELECT * FROM application")
    for private in ("345678", "Адмиралтейского"):
        assert private.encode() not in row.identity_document
    old = settings.data_keys.get_secret_value()
    new = Fernet.generate_key().decode()
    rotated_settings = settings.model_copy(update={"data_keys": SecretStr(f"{new},{old}")})
    object.__getattribute__(rotated_settings, "__dict__").pop("keyring", None)
    assert rotated_settings.keyring.current_fingerprint != settings.keyring.current_fingerprint
    assert await reseal_rows(database, rotated_settings) == 1
    assert await reseal_rows(database, rotated_settings) == 0
    (row,) = await people.fetch_rows(database, "SELECT * FROM application")
    assert row.identity_key == rotated_settings.keyring.current_fingerprint
    alone = rotated_settings.model_copy(update={"data_keys": SecretStr(new)})
    object.__getattribute__(alone, "__dict__").pop("keyring", None)
    async with serving(create(alone, clock)) as after:
        application = (await after.get(f"/v1/applications/{application_id}")).json()
    assert application["identity_document"]["number"] == "345678"
    with pytest.raises(Undecipherable):
        Keyring(SecretStr(old)).decrypt(row.identity_document)


def test_keys_that_are_none_are_refused() -> None:
    for keys in ("", "short", f"{Fernet.generate_key().decode()},x"):
        with pytest.raises(ValidationError, match="Fernet keys"):
            ApplicationsSettings(
                database_url=SecretStr("postgresql://x/y"), data_keys=SecretStr(keys)
            )


async def test_a_renewal_is_prefilled_and_flagged(
    client: httpx.AsyncClient, database: Database
) -> None:
    application_id = await people.refuse_certification(client)
    body: dict[str, Any] = {
        "consent": people.form()["consent"],
        "recertifies": {"number": "07.01000.01.00000001.26", "issued_on": "2023-03-02"},
    }
    path = f"/v1/applications/{application_id}/renewals"
    headers = {"Idempotency-Key": "renewal-1"}
    response = await client.post(path, json=body, headers=headers)
    assert response.status_code == 201, response.text
    draft = response.json()
    assert (draft["status"], draft["previous_id"]) == ("draft", application_id)
    assert draft["applicant"]["birth_date"] == "1999-12-31"
    assert draft["identity_document"]["number"] == "345678"
    assert draft["recertifies"] == body["recertifies"]
    assert draft["documents"] == []
    assert (await client.post(path, json=body, headers=headers)).json()["id"] == draft["id"]
    new = draft["id"]
    await people.run_step(client, new, "submit", "submitted")
    await people.attach_document(client, new, "education_secondary")
    await people.attach_document(client, new, "training")
    await people.run_step(client, new, "begin-review", "under_review", reviewer="И.")
    await people.run_step(client, new, "review", "admitted", **people.ADMIT)
    await people.run_step(client, new, "schedule", "scheduled", **people.appointment())
    await people.run_step(client, new, "record-examination", "examined", **people.protocol())
    await people.run_step(client, new, "send-to-council", "with_council", sent_on="2026-03-02")
    await people.run_step(client, new, "decide", "approved", **people.decision())
    (*_, last_row) = await people.fetch_rows(database, "SELECT payload FROM outbox ORDER BY id")
    assert json.loads(last_row.payload)["recertifies"] == "07.01000.01.00000001.26"
