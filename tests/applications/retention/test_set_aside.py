"""A file that cannot be erased, a limit that cannot be reported: they hold up nobody."""

from io import BytesIO

import httpx
from fastapi import UploadFile
from obstore.store import from_url
from sqlalchemy import text

from services.applications.documents.store import DocumentStore
from services.applications.limits.queries import LIMITS_JOB
from services.applications.retention.operations import ERASURE_JOB
from services.applications.retention.sweeping import SWEEP_JOB, sweep_erased_files
from services.applications.scheduler import Duties, erase_expired_files, report_limits
from services.applications.settings import ApplicationsSettings
from shared.db import Database, execute
from shared.errors import TransientFailure
from shared.job_states.set_aside import SetAsideRow, list_set_aside, request_retry
from tests.applications import people
from tests.clock import ManualClock

CREATE_REFUSAL = """
    CREATE FUNCTION refuse_row() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN IF {condition} THEN RAISE 'not this one'; END IF; RETURN NEW; END$$
"""
ATTACH_REFUSAL = (
    "CREATE TRIGGER refuse BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_row()"
)


class ProtectiveStore(DocumentStore):
    """A store that answers, and does not delete what stands in one folder: it may not."""

    protected_folder = ""

    async def delete(self, key: str) -> None:
        """Deletes a file. Raises `TransientFailure` for the protected ones."""
        if key.startswith(self.protected_folder):
            raise TransientFailure("object storage: PermissionDeniedError")
        await super().delete(key)


async def _refuse_update(database: Database, table: str, condition: str) -> None:
    async with database.transaction() as session:
        await execute(session, text(CREATE_REFUSAL.format(condition=condition)))
        await execute(session, text(ATTACH_REFUSAL.format(table=table)))


async def _allow_update(database: Database, table: str) -> None:
    async with database.transaction() as session:
        await execute(session, text(f"DROP TRIGGER refuse ON {table}"))


async def _list_set_aside(database: Database) -> list[SetAsideRow]:
    async with database.read_only_transaction() as session:
        return list(await list_set_aside(session, 10))


async def _request_retry(database: Database, clock: ManualClock, row: SetAsideRow) -> None:
    async with database.transaction() as session:
        await request_retry(session, row.job, row.subject, clock.now())


async def _withdraw_consents(client: httpx.AsyncClient, count: int) -> list[str]:
    """The ids of files that are to be erased, each with a document, in the order of erasure."""
    ids = []
    for _ in range(count):
        application_id = await people.submit_application(client)
        await people.attach_document(client, application_id, "training")
        await client.post(f"/v1/applications/{application_id}/withdraw-consent")
        ids.append(application_id)
    return sorted(ids)


async def _is_erased(client: httpx.AsyncClient, application_id: str) -> bool:
    return (await client.get(f"/v1/applications/{application_id}/erasure")).status_code == 200


async def test_one_document_that_cannot_be_deleted_stops_no_other_erasure(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    first, *later_files = await _withdraw_consents(client, 3)
    clock.advance(days=1)
    store = ProtectiveStore(from_url(settings.documents_url, mkdir=True))
    store.protected_folder = first
    assert await erase_expired_files(database, store, clock, settings) == 2
    assert [await _is_erased(client, file) for file in (first, *later_files)] == [False, True, True]
    (row,) = await _list_set_aside(database)
    assert (row.job, row.subject, row.reason) == (ERASURE_JOB, first, "UndeletableDocument")
    assert await Duties(database, clock, settings).count_files() == 1
    assert await erase_expired_files(database, store, clock, settings) == 0, "not before its time"
    store.protected_folder = "none"
    await _request_retry(database, clock, row)
    await erase_expired_files(database, store, clock, settings)
    assert await _is_erased(client, first)
    assert await _list_set_aside(database) == []


async def test_one_file_whose_rows_cannot_be_erased_stops_no_other_erasure(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    first, *later_files = await _withdraw_consents(client, 3)
    condition = f"NEW.id = '{first}' AND NEW.erased_on IS NOT NULL"
    await _refuse_update(database, "application", condition)
    clock.advance(days=1)
    await Duties(database, clock, settings).erase_files()
    assert [await _is_erased(client, file) for file in (first, *later_files)] == [False, True, True]
    (row,) = await _list_set_aside(database)
    assert (row.job, row.subject) == (ERASURE_JOB, first)
    assert "P0001" in row.reason
    await _allow_update(database, "application")
    clock.advance(minutes=5)
    await Duties(database, clock, settings).erase_files()
    assert await _is_erased(client, first), "it was tried again by itself"


async def test_one_limit_that_cannot_be_reported_holds_up_no_other(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    for _ in range(5):
        await people.submit_application(client)
    (guilty, *_) = await people.fetch_rows(database, "SELECT id FROM time_limit ORDER BY id")
    await _refuse_update(database, "time_limit", f"NEW.id = {guilty.id}")
    clock.advance(days=40)
    assert await report_limits(database, clock, settings) == 4
    (row,) = await _list_set_aside(database)
    assert (row.job, row.subject) == (LIMITS_JOB, str(guilty.id))
    assert await Duties(database, clock, settings).count_limits() == 1
    await _allow_update(database, "time_limit")
    await _request_retry(database, clock, row)
    await report_limits(database, clock, settings)
    assert await _list_set_aside(database) == []
    assert await Duties(database, clock, settings).count_limits() == 0


async def test_what_was_uploaded_during_an_erasure_is_deleted_as_well(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    (application_id,) = await _withdraw_consents(client, 1)
    clock.advance(days=1)
    store = DocumentStore(from_url(settings.documents_url, mkdir=True))
    duties = Duties(database, clock, settings)
    assert await erase_expired_files(database, store, clock, settings) == 1
    late_key = f"{application_id}/{'0f' * 32}"
    await store.save(late_key, UploadFile(BytesIO(b"too late")))  # its row is refused now
    assert await duties.sweep_files() == 0, "others may be under way still"
    clock.advance(hours=1)
    assert await duties.count_unswept_files() == await duties.sweep_files() == 1
    assert await store.list_keys(f"{application_id}/") == []
    act = (await client.get(f"/v1/applications/{application_id}/erasure")).json()
    assert late_key in {line.get("object") for line in act["log"]}
    assert await duties.sweep_files() == 0


async def test_a_late_document_that_cannot_be_deleted_is_set_aside(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    first, second = await _withdraw_consents(client, 2)
    clock.advance(days=1)
    store = ProtectiveStore(from_url(settings.documents_url, mkdir=True))
    store.protected_folder = "none"
    assert await erase_expired_files(database, store, clock, settings) == 2
    for file in (first, second):
        await store.save(f"{file}/{'0f' * 32}", UploadFile(BytesIO(b"late")))
    store.protected_folder = first
    clock.advance(hours=1)
    assert await sweep_erased_files(database, store, clock, settings) == 1
    (row,) = await _list_set_aside(database)
    assert (row.job, row.subject, row.reason) == (SWEEP_JOB, first, "UndeletableDocument")
    assert await store.list_keys(f"{second}/") == []
    store.protected_folder = "none"
    await _request_retry(database, clock, row)
    await sweep_erased_files(database, store, clock, settings)
    assert await store.list_keys(f"{first}/") == []
    assert await _list_set_aside(database) == []
