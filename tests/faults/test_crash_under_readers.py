"""PostgreSQL crashes under those who verify: every answer is right, or a 503."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from pydantic import SecretStr

from deploy.local import postgres
from services.certificates.handlers import event_handlers
from services.certificates.main import create
from services.certificates.registry import feed
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import approval, delivery
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.databases import Databases
from tests.faults.crashes import crash
from tests.problems import assert_problem
from tests.serving import serving

QUESTION = {"number": "07.01000.00.00000001.29", "issued_on": "2026-03-02"}
Ask = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]
ASKED: list[tuple[Ask, str]] = [
    (lambda client: client.get("/v1/verification", params=QUESTION), '"valid":true'),
    (
        lambda client: client.get("/v1/verification", params={**QUESTION, "on": "2026-03-02"}),
        '"valid":true',
    ),
    (lambda client: client.post("/v1/verification/many", json=[QUESTION]), '"valid":true'),
    (lambda client: client.get("/v1/registry/feed"), '"head":1'),
]


def _settings(url: str) -> CertificatesSettings:
    return CertificatesSettings(database_url=SecretStr(url), database_pool_size=4)


@pytest.fixture
async def settings(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CertificatesSettings]:
    """Certificates on a server of their own, which may crash."""
    with postgres.temporary_server(tmp_path_factory.mktemp("crashing")) as server_url:
        yield _settings(await Databases(server_url, "own").create(_settings))


async def test_answers_during_a_crash_are_right_or_503(
    settings: CertificatesSettings, clock: ManualClock
) -> None:
    database = Database.connect(settings)
    consumer = Consumer(database, settings, event_handlers(settings), clock)
    await consumer.handle_record(delivery(approval(), clock.now()))
    await feed.sequence_entries(database, clock, settings)
    answers: dict[int, list[httpx.Response]] = {place: [] for place in range(len(ASKED))}
    stop = asyncio.Event()

    async def reader(place: int, client: httpx.AsyncClient) -> None:
        ask, _ = ASKED[place]
        while not stop.is_set():
            answers[place].append(await ask(client))

    def right(place: int) -> int:
        return sum(answer.status_code == 200 for answer in answers[place])

    async def some_more_of_each() -> None:
        before = {place: right(place) for place in answers}

        async def have_more_answers() -> bool:
            return all(right(place) > before[place] + 5 for place in answers)

        await eventually(have_more_answers, "questions of each kind to be answered")

    roomy = settings.model_copy(update={"client_rate": "10000000/minute"})
    async with serving(create(roomy, clock)) as client, asyncio.TaskGroup() as readers:
        for place in answers:
            readers.create_task(reader(place, client))
        for crashes in range(20):
            # A reader that asks nothing at the moment of a crash does not feel it.
            if crashes >= 3 and all(
                _was_felt(certificate_rate) for certificate_rate in answers.values()
            ):
                break
            await some_more_of_each()
            await crash(database)
        await some_more_of_each()
        stop.set()
    for place, (_, expected_text) in enumerate(ASKED):
        _check(answers[place], expected_text)
    await database.close()


def _check(answers: list[httpx.Response], expected_text: str) -> None:
    for answer in answers:
        if answer.status_code == 200:
            assert expected_text in answer.text
        else:
            assert_problem(answer, 503, "service.unavailable")
    assert _was_felt(answers), "the crash must be felt"


def _was_felt(answers: list[httpx.Response]) -> bool:
    return any(answer.status_code == 503 for answer in answers)
