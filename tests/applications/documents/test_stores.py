"""Documents on a store that speaks S3's protocol, by its URL alone; links; the antivirus."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from services.applications.documents.antivirus import ClamAV, open_antivirus
from services.applications.documents.store import DocumentStore
from services.applications.main import create
from services.applications.scheduler import erase_expired_files
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.errors import TransientFailure
from shared.principal import Scope
from tests import tokens
from tests.applications import people
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import WIRE_SECONDS, serving, silent_server

LIMIT_SECONDS = 0.5
SLACK_SECONDS = 15
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server of S3's protocol, in a process of its own, with one bucket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                assert httpx.put(f"{url}/documents", timeout=WIRE_SECONDS).is_success
                break
            except httpx.TransportError:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


async def test_documents_live_in_an_s3_store(
    settings: ApplicationsSettings,
    database: Database,
    clock: ManualClock,
    s3: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": s3,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    s3_settings = settings.model_copy(update={"documents_url": "s3://documents/files"})
    content = people.PDF + b"x" * 1_500_000
    await people.deliver_record(
        database,
        s3_settings,
        clock,
        people.build_record(people.build_published_event(), clock.now()),
    )
    async with serving(create(s3_settings, clock)) as client:
        application_id = await people.submit_application(client)
        answer = await people.attach_document(client, application_id, "training", content=content)
        assert answer.status_code == 201, answer.text
        again = await people.attach_document(client, application_id, "training", content=content)
        assert again.json()["id"] == answer.json()["id"]
        assert (await client.get(answer.headers["Location"])).content == content
        await client.post(f"/v1/applications/{application_id}/withdraw-consent")
        clock.advance(days=1)
        store = DocumentStore.open(s3_settings.documents_url)
        assert len(await store.list_keys(f"{application_id}/")) == 1
        assert await erase_expired_files(database, store, clock, s3_settings) == 1
        assert await store.list_keys(f"{application_id}/") == []
        act = (await client.get(f"/v1/applications/{application_id}/erasure")).json()
        assert act["remaining_files"] == []


async def test_a_silent_store_is_broken_off_and_so_is_one_that_falls_silent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Gift:
        """An upload of one chunk."""

        def __init__(self) -> None:
            self.parts = [b"content"]

        async def read(self, size: int = -1) -> bytes:
            return self.parts.pop()[:size] if self.parts else b""

        async def seek(self, offset: int) -> None:
            assert offset == 0

    with silent_server() as (address, _):
        for name, value in {
            "AWS_ENDPOINT_URL": address,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)
        store = DocumentStore.open("s3://documents/files", LIMIT_SECONDS)
        for call in (
            lambda: store.save("key", Gift()),
            lambda: store.get("key"),
            lambda: store.list_keys("prefix/"),
            lambda: store.delete("key"),
        ):
            started_at = time.monotonic()
            with pytest.raises(TransientFailure):
                await call()
            assert time.monotonic() - started_at < LIMIT_SECONDS + SLACK_SECONDS
    os.mkfifo(tmp_path / "pipe")  # a folder whose file never gives a byte
    folder = DocumentStore.open(tmp_path.as_uri(), LIMIT_SECONDS)
    with pytest.raises(TransientFailure):
        [chunk async for chunk in await folder.get("pipe")]
    with (tmp_path / "pipe").open("r+b", buffering=0) as pipe:
        pipe.write(b"x" * 100)  # its reader ends


async def test_a_link_works_for_a_short_time_and_without_a_token(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.submit_application(client)
    place = (await people.attach_document(client, application_id, "training")).headers["Location"]
    link = (await client.post(f"{place}/download-links")).json()
    assert link["expires_at"] == "2026-03-02T09:05:00Z"
    no_token = {"Authorization": ""}
    answer = await client.get(link["path"], headers=no_token)
    assert answer.content == people.PDF
    assert answer.headers["cache-control"] == "private, no-store"
    forged = link["path"][:-4] + "AAA="
    assert_problem(await client.get(forged, headers=no_token), 404, "download.ended")
    clock.advance(seconds=301)
    assert_problem(await client.get(link["path"], headers=no_token), 404, "download.ended")
    stranger = tokens.bearer(Scope.PROCESS, centre="another")
    refusal = await client.post(f"{place}/download-links", headers=stranger)
    assert_problem(refusal, 404, "application.unknown")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (people.PDF, 201),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, 201),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\0" * 40, 201),
        (b"MZ\x90\x00" + b"\0" * 100, 422),
        (b"#!/bin/sh\nrm -rf /\n", 422),
        (b"<html><script>alert(1)</script></html>", 422),
        (b"plain words", 422),
        (b"PK\x03\x04" + b"\0" * 100, 422),
    ],
)
async def test_a_documents_type_is_what_its_content_says(
    client: httpx.AsyncClient, content: bytes, status: int
) -> None:
    application_id = await people.submit_application(client)
    answer = await people.attach_document(client, application_id, "training", content=content)
    assert answer.status_code == status, answer.text
    if status == 422:
        assert_problem(answer, 422, "document.media_type", "/file")
    else:
        assert answer.json()["scan"] == "not_configured"


@asynccontextmanager
async def clamd(*, silent: bool = False) -> AsyncIterator[str]:
    """What speaks a ClamAV daemon's INSTREAM, and finds the test file of all antiviruses."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        content = b""
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            content += await reader.readexactly(size)
        if not silent:
            is_infected = EICAR in content
            writer.write(b"stream: Eicar-Test FOUND\0" if is_infected else b"stream: OK\0")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_the_antivirus_is_asked(
    settings: ApplicationsSettings, database: Database, clock: ManualClock
) -> None:
    await people.deliver_record(
        database, settings, clock, people.build_record(people.build_published_event(), clock.now())
    )
    async with clamd() as address:
        watched = settings.model_copy(update={"antivirus": address})
        async with serving(create(watched, clock)) as client:
            application_id = await people.submit_application(client)
            clean = await people.attach_document(client, application_id, "training")
            assert clean.json()["scan"] == "clean"
            bad = await people.attach_document(
                client, application_id, "training", content=people.PDF + EICAR
            )
            assert_problem(bad, 422, "document.infected", "/file")
    async with clamd(silent=True) as address:
        watched = settings.model_copy(update={"antivirus": address})
        async with serving(create(watched, clock)) as client:
            unsure = await people.attach_document(
                client, application_id, "training", content=people.PDF + b"more"
            )
            assert_problem(unsure, 503, "service.unavailable")
    assert len(await people.fetch_rows(database, "SELECT * FROM document")) == 1
    assert isinstance(open_antivirus("127.0.0.1:3310"), ClamAV)
