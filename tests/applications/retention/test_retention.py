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
from services.applications.scheduler import erase_expired_files, reseal_identity_documents
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
    application_id = await people.refused(client)
    other = await people.submitted(client)
    await people.attach(client, other, "training")
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
    shown = (await client.get(path)).json()
    assert (shown["erased_on"], shown["applicant"]["family_name"]) == ("2027-03-03", None)
    erasure = [one for one in shown["limits"] if one["name"] == "erasure"]
    assert [(one["due_on"], one["state"]) for one in erasure] == [("2027-04-01", "met")]
    held = json.dumps(
        [
            [str(value) for value in row]
            for table in people.TABLES
            for row in await people.rows(
                database,
                f"SELECT * FROM {table} WHERE {_own(table)} = :id",
                id=UUID(application_id),
            )
        ],
        ensure_ascii=False,
    )
    for private in ("Петрова", "1999-12-31", "anna@", "Галерная, д. 1", "Орлова", "Громова"):
        assert private not in held, private
    files = [path for path in (tmp_path / "documents").rglob("*") if path.is_file()]
    assert [path.parent.name for path in files] == [other]
    renewed = await client.post(f"{path}/renewal", json={"consent": people.form()["consent"]})
    assert_problem(renewed, 422, "application.nothing_to_prefill")


def _own(table: str) -> str:
    return "id" if table == "application" else "application_id"


async def test_a_certified_persons_file_is_kept_three_years_after_the_certificate_ends(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    application_id = await people.with_council(client)
    await people.done(client, application_id, "decision", "approved", **people.decision())
    event = CertificateIssued(
        certificate_id=uuid4(),
        number="07.01000.01.00000001.29",
        application_id=UUID(application_id),
        qualification_id=people.OPERATOR,
        qualification_version=1,
        valid_until=date(2029, 3, 2),
        issued_on=date(2026, 3, 2),
    )
    await consumer.handle_record(people.record(event, clock.now()))
    shown = (await client.get(f"/v1/applications/{application_id}")).json()
    assert (shown["status"], shown["kept_until"]) == ("certified", "2032-03-02")


async def test_nothing_is_erased_while_an_appeal_is_open(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    application_id = await people.refused(client)
    body = {
        "appellant": "applicant",
        "appellant_name": "А.",
        "ground": "result_disputed",
        "explanation_text": "?",
        "informed_on": "2026-03-02",
        "filed_on": "2026-03-02",
    }
    made = await client.post(f"/v1/applications/{application_id}/appeals", json=body)
    clock.advance(days=900)
    assert await erase(database, clock, settings) == 0
    await client.post(f"{made.headers['Location']}/withdrawal")
    assert await erase(database, clock, settings) == 1


async def test_a_store_that_does_not_answer_is_asked_again(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
    tmp_path: Path,
) -> None:
    application_id = await people.submitted(client)
    await people.attach(client, application_id, "training")
    await client.post(f"/v1/applications/{application_id}/consent-withdrawal")
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
    application_id = await people.submitted(client)
    path = f"/v1/applications/{application_id}"
    once = (await client.post(f"{path}/consent-withdrawal")).json()
    assert (once["status"], once["consent_withdrawn_at"]) == ("withdrawn", "2026-03-02T09:00:00Z")
    again = (await client.post(f"{path}/consent-withdrawal")).json()
    assert again == once
    clock.advance(days=1)
    assert await erase(database, clock, settings) == 1


async def test_consent_taken_back_after_the_examination_leaves_the_file_to_the_law(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    application_id = await people.refused(client)
    answer = await client.post(f"/v1/applications/{application_id}/consent-withdrawal")
    shown = answer.json()
    assert (shown["status"], shown["kept_until"]) == ("not_confirmed", "2027-03-02")
    clock.advance(days=40)
    assert await erase(database, clock, settings) == 0


async def test_an_abandoned_draft_is_erased(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    made = await client.post("/v1/applications", json=people.form(draft=True))
    assert (made.json()["status"], made.json()["kept_until"]) == ("draft", "2026-05-31")
    kept = await client.post("/v1/applications", json=people.form(draft=True))
    path = f"/v1/applications/{kept.json()['id']}"
    submitted = (await client.post(f"{path}/submission")).json()
    assert (submitted["status"], submitted["kept_until"]) == ("submitted", None)
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
    listed = (await client.get("/v1/consent-texts")).json()
    assert [text["version"] for text in listed] == ["2026-04-01", "2025-09-01"]
    assert "238-ФЗ" in listed[1]["text"]


async def test_a_person_gets_all_that_is_held(client: httpx.AsyncClient) -> None:
    application_id = await people.refused(client)
    held = (await client.get(f"/v1/applications/{application_id}/personal-data")).json()
    assert held["application"]["identity_document"]["series"] == "40 12"
    assert held["application"]["applicant"]["address"].startswith("190000")
    assert held["consent"]["text_version"] == "2025-09-01"
    assert [step["command"] for step in held["history"]][-1] == "refuse"


async def test_identity_documents_are_sealed_and_keys_rotate(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    application_id = await people.submitted(client)
    (row,) = await people.rows(database, "SELECT * FROM application")
    for private in ("345678", "Адмиралтейского"):
        assert private.encode() not in row.identity_document
    old = settings.data_keys.get_secret_value()
    new = Fernet.generate_key().decode()
    both = settings.model_copy(update={"data_keys": SecretStr(f"{new},{old}")})
    object.__getattribute__(both, "__dict__").pop("keyring", None)
    assert both.keyring.current_fingerprint != settings.keyring.current_fingerprint
    assert await reseal_identity_documents(database, both) == 1
    assert await reseal_identity_documents(database, both) == 0
    (row,) = await people.rows(database, "SELECT * FROM application")
    assert row.identity_key == both.keyring.current_fingerprint
    alone = both.model_copy(update={"data_keys": SecretStr(new)})
    object.__getattribute__(alone, "__dict__").pop("keyring", None)
    async with serving(create(alone, clock)) as after:
        shown = (await after.get(f"/v1/applications/{application_id}")).json()
    assert shown["identity_document"]["number"] == "345678"
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
    application_id = await people.refused(client)
    body: dict[str, Any] = {
        "consent": people.form()["consent"],
        "recertifies": {"number": "07.01000.01.00000001.26", "issued_on": "2023-03-02"},
    }
    path = f"/v1/applications/{application_id}/renewal"
    headers = {"Idempotency-Key": "renewal-1"}
    made = await client.post(path, json=body, headers=headers)
    assert made.status_code == 201, made.text
    draft = made.json()
    assert (draft["status"], draft["previous_id"]) == ("draft", application_id)
    assert draft["applicant"]["birth_date"] == "1999-12-31"
    assert draft["identity_document"]["number"] == "345678"
    assert draft["recertifies"] == body["recertifies"]
    assert draft["documents"] == []
    assert (await client.post(path, json=body, headers=headers)).json()["id"] == draft["id"]
    new = draft["id"]
    await people.done(client, new, "submission", "submitted")
    await people.attach(client, new, "education_secondary")
    await people.attach(client, new, "training")
    await people.done(client, new, "review-start", "under_review", reviewer="И.")
    await people.done(client, new, "review", "admitted", **people.ADMIT)
    await people.done(client, new, "appointment", "scheduled", **people.appointment())
    await people.done(client, new, "examination", "examined", **people.protocol())
    await people.done(client, new, "dispatch", "with_council", sent_on="2026-03-02")
    await people.done(client, new, "decision", "approved", **people.decision())
    (*_, told) = await people.rows(database, "SELECT payload FROM outbox ORDER BY id")
    assert json.loads(told.payload)["recertifies"] == "07.01000.01.00000001.26"
