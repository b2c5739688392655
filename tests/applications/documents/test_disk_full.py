"""A full disk of documents: an upload is refused, leaves nothing, and is taken afterwards."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from services.applications.main import create
from services.applications.settings import ApplicationsSettings
from shared.messaging.consumer import Consumer
from tests.applications import people
from tests.clock import ManualClock
from tests.faults.disks import filled_disk, small_disk
from tests.problems import assert_problem
from tests.serving import serving

CONTENT = people.PDF + b"x" * 1_000_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk for a few documents."""
    with small_disk(tmp_path / "disk", 8) as disk:
        yield disk


@pytest.fixture
async def client(
    settings: ApplicationsSettings, consumer: Consumer, clock: ManualClock, disk: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """The service over HTTP, with its documents on the disk."""
    await consumer.handle_record(people.build_record(people.build_published_event(), clock.now()))
    disk_settings = settings.model_copy(update={"documents_url": (disk / "documents").as_uri()})
    async with serving(create(disk_settings, clock)) as client:
        yield client


def list_files(disk: Path) -> list[Path]:
    return [path for path in (disk / "documents").rglob("*") if path.is_file()]


async def test_a_full_disk_of_documents_refuses_an_upload_whole(
    client: httpx.AsyncClient, disk: Path
) -> None:
    application_id = await people.submit_application(client)
    with filled_disk(disk, spared_bytes=300_000):
        refusal = await people.attach_document(client, application_id, "training", content=CONTENT)
        assert_problem(refusal, 503, "service.unavailable")
        assert list_files(disk) == [], "a part of a file must not stay"
        assert (await client.get(f"/v1/applications/{application_id}")).json()["documents"] == []
    answer = await people.attach_document(client, application_id, "training", content=CONTENT)
    assert answer.status_code == 201
    assert (await client.get(answer.headers["Location"])).content == CONTENT
