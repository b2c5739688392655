"""Documents: stored before they are named, streamed back, taken back."""

import hashlib
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.applications.documents.rules import MOST_DOCUMENTS
from services.applications.main import create
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from tests.applications import people
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving


async def test_a_pdf_behind_a_mark_of_utf_8_is_one(client: httpx.AsyncClient) -> None:
    application_id = await people.submit_application(client)
    content = b"\xef\xbb\xbf" + people.PDF
    answer = await people.attach_document(client, application_id, "training", content=content)
    assert answer.status_code == 201, answer.text
    assert answer.json()["media_type"] == "application/pdf"


@pytest.mark.parametrize(
    ("facts", "rule", "pointer"),
    [
        ({"kind": "training", "issued_on": "2020-03-31"}, "value.unknown", "/issued_on"),
        ({"kind": ["training", "education_secondary"]}, "form.repeated_field", "/kind"),
    ],
)
async def test_a_field_of_a_form_is_read_or_refused(
    client: httpx.AsyncClient, database: Database, facts: dict[str, Any], rule: str, pointer: str
) -> None:
    path = f"/v1/applications/{await people.submit_application(client)}/documents"
    answer = await client.post(path, data=facts, files={"file": ("a.pdf", people.PDF)})
    assert_problem(answer, 422, rule, pointer)
    files = [("file", ("a.pdf", people.PDF)), ("file", ("b.pdf", people.PDF + b"b"))]
    twice = await client.post(path, data={"kind": "training"}, files=files)
    assert_problem(twice, 422, "form.repeated_field", "/file")
    assert (await people.count_rows(database))["document"] == 0


async def test_a_document_is_kept_as_it_came(
    client: httpx.AsyncClient, database: Database, tmp_path: Path
) -> None:
    application_id = await people.submit_application(client)
    content = people.PDF + bytes(range(256)) * 6000
    answer = await people.attach_document(
        client, application_id, "education_secondary", content=content
    )
    assert answer.status_code == 201, answer.text
    document = answer.json()
    digest = hashlib.sha256(content).hexdigest()
    assert (document["sha256"], document["size"]) == (digest, len(content))
    assert document["check"]["to_bring"] == ["Удостоверение о повышении квалификации"]
    assert answer.headers["ETag"] == '"2"'
    assert (tmp_path / "documents" / application_id / digest).read_bytes() == content

    back = await client.get(answer.headers["Location"])
    assert back.content == content
    assert back.headers["content-type"] == "application/octet-stream"
    assert back.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%D0%94")
    assert back.headers["x-content-type-options"] == "nosniff"
    (row,) = await people.fetch_rows(database, "SELECT * FROM document")
    assert row.file_name == "Диплом.pdf"


async def test_the_same_file_and_facts_are_one_document(
    client: httpx.AsyncClient, database: Database
) -> None:
    application_id = await people.submit_application(client)
    facts: dict[str, Any] = {"months": "4", "field": "sales"}
    first = await people.attach_document(client, application_id, "experience", **facts)
    again = await people.attach_document(client, application_id, "experience", **facts)
    assert first.json() == again.json()
    other_response = await people.attach_document(
        client, application_id, "experience", months="5", field="sales"
    )
    assert (
        assert_problem(other_response, 409, "document.exists", "/months")["existing"]
        == first.json()["id"]
    )
    second = await people.attach_document(
        client, application_id, "experience", months="2", field="contact_centre"
    )
    (_, experience) = second.json()["check"]["parts"][1]["parts"]
    assert (experience["months_counted"], experience["satisfied"]) == (6, True)
    assert len(await people.fetch_rows(database, "SELECT * FROM document")) == 2


async def test_a_repeated_upload_is_the_same_document_and_its_key_no_other(
    client: httpx.AsyncClient, database: Database
) -> None:
    application_id = await people.submit_application(client)
    path = f"/v1/applications/{application_id}/documents"
    headers = {"Idempotency-Key": "scan-of-a-diploma"}

    async def send(content: bytes) -> httpx.Response:
        file = ("diploma.pdf", content, "application/pdf")
        form = {"kind": "education_secondary"}
        return await client.post(path, data=form, files={"file": file}, headers=headers)

    answers = [await send(people.PDF) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len(await people.fetch_rows(database, "SELECT * FROM document")) == 1
    other_file = await send(people.PDF + b"more")
    assert_problem(other_file, 422, "idempotency.key_reused", "#header/Idempotency-Key")


@pytest.mark.parametrize(
    ("kind", "facts", "rule", "pointer"),
    [
        ("passport", {}, "document.kind", "/kind"),
        ("Ed ucation", {}, "text.form", "/kind"),
        ("a\x00b", {}, "text.form", "/kind"),
        ("experience", {"field": "sales"}, "document.facts", "/months"),
        ("experience", {"months": "6"}, "document.facts", "/field"),
        ("training", {"months": "6"}, "document.facts", "/months"),
        ("training", {"field": "sales"}, "document.facts", "/field"),
        ("experience", {"months": "0", "field": "sales"}, "number.too_small", "/months"),
        ("experience", {"months": "601", "field": "sales"}, "number.too_large", "/months"),
        ("experience", {"months": "6.5", "field": "sales"}, "number.form", "/months"),
        ("experience", {"months": "9" * 5000, "field": "sales"}, "number.too_large", "/months"),
        ("experience", {"months": "6", "field": "Sales!"}, "text.form", "/field"),
    ],
)
async def test_bad_facts_are_refused_before_anything_is_stored(
    client: httpx.AsyncClient,
    database: Database,
    tmp_path: Path,
    kind: str,
    facts: dict[str, Any],
    rule: str,
    pointer: str,
) -> None:
    application_id = await people.submit_application(client)
    answer = await people.attach_document(client, application_id, kind, **facts)
    problem = assert_problem(answer, 422, rule, pointer)
    if rule == "document.kind":
        assert problem["known_kinds"] == [
            *("education_secondary", "experience", "identity_document_copy"),
            *("power_of_attorney", "training"),
        ]
    assert await people.fetch_rows(database, "SELECT * FROM document") == []
    assert _files(tmp_path) == []


async def test_bad_files_are_refused(
    client: httpx.AsyncClient, settings: ApplicationsSettings, tmp_path: Path
) -> None:
    application_id = await people.submit_application(client)
    path = f"/v1/applications/{application_id}/documents"
    assert_problem(
        await client.post(path, files={"kind": (None, "training")}), 422, "value.required", "/file"
    )
    empty = await people.attach_document(client, application_id, "training", content=b"")
    assert_problem(empty, 422, "document.size", "/file")
    large = b"x" * (settings.upload_limit_bytes + 1)
    answer = await people.attach_document(client, application_id, "training", content=large)
    assert_problem(answer, 422, "document.size", "/file")
    answer = await people.attach_document(client, application_id, "training", content=large * 2)
    assert_problem(answer, 413, "request.too_large")
    broken = await client.post(
        path, content=b"--b\r\nbroken", headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert broken.status_code in {400, 422}
    assert broken.headers["content-type"] == "application/problem+json"
    assert_problem(
        await people.attach_document(client, str(uuid4()), "training"), 404, "application.unknown"
    )
    assert _files(tmp_path) == []


@pytest.mark.parametrize(
    ("sent_name", "stored_name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\scans\\a.pdf", "a.pdf"),
        ("  a\u202efdp.exe ", "afdp.exe"),
        ("...", "document"),
        ("x" * 400 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
async def test_file_names_are_made_harmless(
    client: httpx.AsyncClient, sent_name: str, stored_name: str
) -> None:
    application_id = await people.submit_application(client)
    answer = await client.post(
        f"/v1/applications/{application_id}/documents",
        data={"kind": "training"},
        files={"file": (sent_name, people.PDF)},
    )
    assert answer.json()["file_name"] == stored_name


async def test_a_wrong_document_is_taken_back(client: httpx.AsyncClient) -> None:
    application_id = await people.submit_application(client)
    path = (await people.attach_document(client, application_id, "training")).headers["Location"]
    stale = await client.delete(path, headers={"If-Match": '"1"'})
    assert_problem(stale, 412, "resource.changed")
    answer = await client.delete(path, headers={"If-Match": '"2"'})
    assert (answer.status_code, answer.headers["ETag"]) == (204, '"3"')
    assert_problem(await client.delete(path), 404, "document.unknown")
    assert_problem(await client.get(path), 404, "document.unknown")
    strange = await people.submit_application(client)
    other_id = (await people.attach_document(client, strange, "training")).json()["id"]
    crossed = await client.get(f"/v1/applications/{application_id}/documents/{other_id}")
    assert_problem(crossed, 404, "document.unknown")


async def test_documents_stay_as_they_are_once_the_candidate_is_admitted(
    client: httpx.AsyncClient,
) -> None:
    application_id = await people.admit_applicant(client)
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    answer = await people.attach_document(
        client, application_id, "training", content=people.PDF + b"another"
    )
    problem = assert_problem(answer, 409, "lifecycle.transition")
    assert problem["possible"] == ["schedule", "withdraw"]
    path = f"/v1/applications/{application_id}/documents/{application['documents'][0]['id']}"
    assert_problem(await client.delete(path), 409, "lifecycle.transition")
    assert (await client.get(f"/v1/applications/{application_id}")).json() == application


async def test_no_row_without_its_file(
    client: httpx.AsyncClient,
    settings: ApplicationsSettings,
    database: Database,
    clock: ManualClock,
    tmp_path: Path,
) -> None:
    application_id = await people.submit_application(client)
    read_only_folder = tmp_path / "closed"
    app = create(settings.model_copy(update={"documents_url": read_only_folder.as_uri()}), clock)
    read_only_folder.rmdir()
    read_only_folder.write_bytes(b"a file where the folder was")
    async with serving(app) as other_client:
        answer = await people.attach_document(other_client, application_id, "training")
    assert_problem(answer, 503, "service.unavailable")
    assert await people.fetch_rows(database, "SELECT * FROM document") == []
    retried = await people.attach_document(client, application_id, "training")
    assert retried.status_code == 201


def _files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "documents").rglob("*") if path.is_file()]


async def test_a_case_has_room_for_so_many_documents(
    client: httpx.AsyncClient, database: Database
) -> None:
    application_id = await people.submit_application(client)
    await people.attach_document(client, application_id, "training")
    async with database.transaction() as session:
        await people.execute_statement(
            session,
            """INSERT INTO document (id, application_id, kind, file_name, media_type, scan, size,
                                     sha256, object_key, attached_at)
            SELECT gen_random_uuid(), application_id, kind, file_name, media_type, scan, size,
                   lpad(to_hex(place), 64, '0'), object_key, attached_at
            FROM document, generate_series(2, :count) AS place""",
            count=MOST_DOCUMENTS,
        )
    repetition = await people.attach_document(client, application_id, "training")
    assert repetition.status_code == 201, repetition.text
    answer = await people.attach_document(client, application_id, "education_secondary")
    assert_problem(answer, 422, "document.too_many", "/file")
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    assert len(application["documents"]) == MOST_DOCUMENTS
