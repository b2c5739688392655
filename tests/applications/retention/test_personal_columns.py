"""No column can be forgotten: whatever holds text of an application is erased, or listed here."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import Column, Date, Enum, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from services.applications.documents.store import DocumentStore
from services.applications.drafts.operations import save_draft
from services.applications.letters.models import BarredAddress, Letter
from services.applications.letters.rules import (
    BarReason,
    LetterChannel,
    LetterKind,
    LetterState,
    Recipient,
)
from services.applications.models import metadata
from services.applications.retention.operations import ERASURES
from services.applications.scheduler import erase_expired_files
from services.applications.settings import ApplicationsSettings
from shared.context import command_context
from shared.db import Database
from tests.applications import people
from tests.applications.appeals.hearings import build_verdict, hear_appeal, run_appeal_step
from tests.clock import ManualClock

KEPT = {
    "application": "number council centre_number centre_name language",
    "appeal": "registration_number place",
    "appointment": "place agreed_with",
    "certificate": "number centre_number council successor",
    "decision": "outcome protocol_number statement_number",
    "disclosure": "subject scope resource",
    "erasure": "act_number basis log",
    "examination": "instrument protocol_number total_threshold",
    "history": "command",
    "letter": "number language centre_number failure window_url trace_id",
    "registry_entry": "record_number",
    "review": "outcome",
    "time_limit": "name centre_number responsible source sources",
}
"""Columns that say nothing of the applicant, and whose staff saw the file: kept after erasure."""

EMPTY: tuple[Any, ...] = (None, "", "erased", [], b"")


def _is_free(column: Column[Any]) -> bool:
    """Whether a person may stand in the column: text that is no enumeration, JSON, bytes, words."""
    kind = getattr(column.type, "impl", column.type)
    return isinstance(kind, String | JSONB | LargeBinary | TSVECTOR) and not isinstance(
        column.type, Enum
    )


def _personal_columns() -> dict[str, list[str]]:
    """What is free and not listed above, in each table of applications; birth dates besides."""
    columns: dict[str, list[str]] = {"application": ["birth_date"]}
    assert isinstance(metadata.tables["application"].c.birth_date.type, Date)
    for table in metadata.sorted_tables:
        if table.name != "application" and "application_id" not in table.c:
            continue
        kept_names = KEPT.get(table.name, "").split()
        assert set(kept_names) <= set(table.c.keys()), table.name
        free = [
            column.name for column in table.c if _is_free(column) and column.name not in kept_names
        ]
        columns.setdefault(table.name, []).extend(free)
    return {table: names for table, names in columns.items() if names}


def test_every_table_with_personal_columns_is_erased() -> None:
    assert set(_personal_columns()) | {"consent"} == {*ERASURES, "application"}


async def _fill_every_column(client: httpx.AsyncClient, clock: ManualClock) -> str:
    """The id of an application, examined and appealed, with something in every column."""
    payer = {"kind": "employer", "name": "ООО «Связь»", "registration_number": "7701234567"}
    representative = {"family_name": "Лис", "given_name": "Ия", "basis": "legal"}
    form = people.form(
        payer=payer,
        representative=representative,
        postal_address="Почтовая, 9",
        recertifies={"number": "07.01000.01.00000001.26", "issued_on": "2023-03-02"},
    )
    response = await client.post("/v1/applications", json=form)
    assert response.status_code == 201, response.text
    application_id: str = response.json()["id"]
    await people.attach_document(client, application_id, "education_secondary")
    await people.attach_document(client, application_id, "experience", months="6", field="sales")
    material = (
        await people.attach_document(client, application_id, "identity_document_copy")
    ).json()
    assert material["id"]
    await people.run_step(client, application_id, "begin-review", "under_review", reviewer="И.")
    await people.run_step(client, application_id, "review", "returned", **people.RETURN)
    await people.run_step(client, application_id, "resubmit", "submitted")
    await people.run_step(client, application_id, "begin-review", "under_review", reviewer="И.")
    await people.run_step(client, application_id, "review", "admitted", **people.ADMIT)
    appointment = people.appointment(agreed_with=["applicant", "employer"], reason="Болезнь")
    await people.run_step(client, application_id, "schedule", "scheduled", **appointment)
    recording = (
        await people.attach_document(client, application_id, "examination_material")
    ).json()
    protocol = people.protocol(materials=[recording["id"]], practice=people.part(30))
    await people.run_step(client, application_id, "record-examination", "examined", **protocol)
    await people.run_step(
        client, application_id, "send-to-council", "with_council", sent_on="2026-03-02"
    )
    refusal = people.decision(outcome="refuse", recommendation="Пройти обучение")
    await people.run_step(client, application_id, "decide", "not_confirmed", **refusal)
    path = await hear_appeal(client, clock, application_id, ground="document_late_or_wrong")
    await run_appeal_step(client, path, "decide", **build_verdict(remedy="deliver"))
    await run_appeal_step(client, path, "send-decision", completed_on="2026-03-13")
    await run_appeal_step(client, path, "execute", completed_on="2026-03-13")
    return application_id


async def _save_draft(
    database: Database, clock: ManualClock, settings: ApplicationsSettings, application_id: str
) -> None:
    async with database.transaction() as session:
        context = command_context(session, clock.now(), settings, "clerk")
        await save_draft(context, UUID(application_id), "decline", {"reason": "Анна"})


async def _keep_letter(database: Database, clock: ManualClock, application_id: str) -> None:
    now = clock.now()
    letter = Letter(
        notice_id=uuid4(),
        application_id=UUID(application_id),
        certificate_id=uuid4(),
        number="07.01000.01.00000001.29",
        kind=LetterKind.EXPIRED,
        day=now.date(),
        recipient=Recipient.HOLDER,
        channel=LetterChannel.EMAIL,
        language="ru",
        centre_number="78.041",
        handled_by="clerk",
        state=LetterState.FAILED,
        planned_at=now,
        due_at=now,
        next_attempt_at=now,
        address_hash="0f",
    )
    barred_address = BarredAddress(
        application_id=letter.application_id,
        address_hash="0e",
        reason=BarReason.BOUNCED,
        barred_at=now,
    )
    async with database.transaction() as session:
        session.add(letter)
        session.add(barred_address)


async def _is_filled(database: Database, table: str, column: str, application_id: str) -> bool:
    key = "id" if table == "application" else "application_id"
    rows = await people.fetch_rows(
        database, f"SELECT {column} FROM {table} WHERE {key} = :id", id=UUID(application_id)
    )
    return any(value not in EMPTY for (value,) in rows)


async def test_erasure_empties_every_personal_column(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
    tmp_path: Path,
) -> None:
    application_id = await _fill_every_column(client, clock)
    await _save_draft(database, clock, settings, application_id)
    await _keep_letter(database, clock, application_id)
    columns = [(table, name) for table, names in _personal_columns().items() for name in names]
    blank = [
        f"{table}.{name}"
        for table, name in columns
        if not await _is_filled(database, table, name, application_id)
    ]
    assert blank == [], "fill it, or nothing is proved of it"
    clock.advance(days=900)
    store = DocumentStore.open(settings.documents_url)
    assert await erase_expired_files(database, store, clock, settings) == 1
    remaining = [
        f"{table}.{name}"
        for table, name in columns
        if await _is_filled(database, table, name, application_id)
    ]
    assert remaining == ["history.actor", "history.facts"], "only the erasure's own line"
    lines = await people.fetch_rows(
        database, "SELECT actor, facts FROM history WHERE actor <> 'erased'"
    )
    assert [(line.actor, line.facts) for line in lines] == [
        ("retention", {"act_number": "2028-000001"})
    ]
