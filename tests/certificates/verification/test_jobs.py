"""A hundred thousand at once: answered in order, interrupted and resumed, never twice."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography.fernet import Fernet

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from services.certificates.verification import jobs
from shared import row_jobs
from shared.db import Database
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import QUESTION, commanding, rows
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.problems import assert_problem
from tests.serving import serving

pytestmark = pytest.mark.usefixtures("issued_certificate")
JOBS = "/v1/verification/jobs"
NDJSON = {"Content-Type": "application/x-ndjson"}


def ndjson(*lines: Any) -> str:
    return "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)


async def begin_job(client: httpx.AsyncClient, body: str, **query: str) -> str:
    """The address of a new job."""
    answer = await client.post(JOBS, content=body, headers=NDJSON, params=query)
    assert answer.status_code == 202, answer.text
    return str(answer.headers["location"])


async def read_answers(
    client: httpx.AsyncClient, path: str, after: int = 0
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The answers after a row, and the last line."""
    answer = await client.get(f"{path}/answers", params={"after": str(after)})
    assert answer.status_code == 200, answer.text
    *row_answers, end = (json.loads(line) for line in answer.text.splitlines())
    assert end["end"] is True
    return row_answers, end


async def test_each_line_has_its_own_answer_in_its_place(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    bad = ["{", "[]", '"x"', {}, {**QUESTION, "more": 1}, {**QUESTION, "issued_on": "02.03.2026"}]
    unknown = {**QUESTION, "issued_on": "2026-03-03"}
    path = await begin_job(client, ndjson(QUESTION, *bad, "", unknown, "\x00", QUESTION))
    assert (await client.get(path)).json()["done"] == 0
    row_answers, end = await read_answers(client, path)
    assert (row_answers, end["done"], end["total"]) == ([], 0, 10)
    assert await jobs.answer_next_rows(database, clock, settings) == 10
    assert await jobs.answer_next_rows(database, clock, settings) == 0
    row_answers, end = await read_answers(client, path)
    assert [row["row"] for row in row_answers] == list(range(1, 11))
    verdicts = [(row["answer"] or {}).get("verdict") for row in row_answers]
    assert verdicts == ["valid", *[None] * 6, "not_found", None, "valid"]
    assert all(bool(row["errors"]) is (row["answer"] is None) for row in row_answers)
    assert row_answers[6]["errors"][0]["pointer"] == "/issued_on"
    job = (await client.get(path)).json()
    assert (job["done"], job["total"]) == (10, 10)
    assert job["finished_at"] is not None
    rest, _ = await read_answers(client, path, after=8)
    assert rest == row_answers[8:]


async def test_a_job_may_ask_for_a_past_day_and_for_evidence(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    path = await begin_job(client, ndjson(QUESTION), on="2026-03-01", with_evidence="true")
    await jobs.answer_next_rows(database, clock, settings)
    (row,), _ = await read_answers(client, path)
    assert row["answer"]["verdict"] == "not_found"
    assert row["answer"]["evidence"].count(".") == 2
    future = await client.post(
        JOBS, content=ndjson(QUESTION), params={"on": "2026-03-03"}, headers=NDJSON
    )
    assert_problem(future, 422, "verification.on", "#query/on")


async def test_the_same_key_is_the_same_job(client: httpx.AsyncClient, database: Database) -> None:
    headers = {**NDJSON, "Idempotency-Key": "staff-2026-03"}
    body = ndjson(QUESTION)
    answers = [await client.post(JOBS, content=body, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    other_body = await client.post(JOBS, content=body * 2, headers=headers)
    assert_problem(other_body, 422, "idempotency.key_reused")
    assert len(await rows(database, "SELECT 1 FROM verification_job")) == 1


@pytest.mark.parametrize(("body", "rule"), [("", "job.rows"), ("{}\n" * 4, "job.rows")])
async def test_a_job_has_its_bounds(
    settings: CertificatesSettings,
    database: Database,
    clock: ManualClock,
    body: str,
    rule: str,
) -> None:
    narrow = settings.model_copy(update={"job_rows": 3, "client_daily_job_rows": 5})
    async with serving(create(narrow, clock)) as client:
        assert_problem(await client.post(JOBS, content=body, headers=NDJSON), 422, rule)
        assert await rows(database, "SELECT 1 FROM verification_job") == []
        await begin_job(client, ndjson(QUESTION, QUESTION, QUESTION))
        excess = await client.post(JOBS, content=ndjson(*[QUESTION] * 3), headers=NDJSON)
        assert_problem(excess, 422, "job.daily")
        clock.advance(days=1)
        await begin_job(client, ndjson(QUESTION, QUESTION, QUESTION))


async def test_a_job_is_its_owners_and_is_forgotten(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    path = await begin_job(client, ndjson(QUESTION))
    other_token = tokens.bearer(Scope.VERIFY, subject="another")
    for address in (path, f"{path}/answers", f"{JOBS}/{uuid4()}"):
        assert_problem(await client.get(address, headers=other_token), 404, "job.unknown")
    async with database.transaction() as session:
        await jobs.delete_old_jobs(commanding(session, clock, settings))
    assert (await client.get(path)).status_code == 200
    clock.advance(days=7, seconds=1)
    async with database.transaction() as session:
        await jobs.delete_old_jobs(commanding(session, clock, settings))
    assert_problem(await client.get(path), 404, "job.unknown")
    assert await rows(database, "SELECT 1 FROM verification_row") == []


NAME = {"family_name": "Белова", "given_name": "Анна", "patronymic": "Сергеевна"}
OTHER_NAME = {**NAME, "family_name": "Зюзюкова"}


async def test_names_are_compared_and_kept_nowhere(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    spelled_otherwise = {**NAME, "family_name": "БЕЛОВА", "given_name": " анна "}
    without_patronymic = {**NAME, "patronymic": None}
    names = [spelled_otherwise, without_patronymic, OTHER_NAME, NAME]
    unknown = {**QUESTION, "number": "07.01000.00.00000002.29", "name": NAME}
    bad = ['{"name": "Белова"', {**QUESTION, "name": {"family_name": "Белова"}}]
    body = ndjson(*({**QUESTION, "name": name} for name in names), unknown, *bad, QUESTION)
    path = await begin_job(client, body, with_evidence="true")
    (waiting_job,) = await rows(database, "SELECT * FROM verification_job")
    assert waiting_job.sealed_name_key
    kept_lines = await rows(database, "SELECT question FROM verification_row")
    assert "Белова" not in json.dumps([row.question for row in kept_lines], ensure_ascii=False)
    await jobs.answer_next_rows(database, clock, settings)
    row_answers, _ = await read_answers(client, path)
    matches = [(row["answer"] or {}).get("name_matches") for row in row_answers]
    assert matches == [True, None, False, None, None, None, None, None]
    rules = [error["rule"] for row in row_answers for error in row["errors"]]
    assert rules == ["job.names", "json.syntax", "value.required"]
    assert "Белова" not in json.dumps(row_answers, ensure_ascii=False)
    (job,) = await rows(database, "SELECT * FROM verification_job")
    assert (job.sealed_name_key, job.wrong_names) == (None, 2)
    records = await rows(database, "SELECT subject, resource, certificate_id FROM disclosure")
    assert {record.resource for record in records} == {"name challenge"}
    assert len(records) == 3


async def test_who_guesses_names_may_ask_without_them(
    settings: CertificatesSettings, database: Database, clock: ManualClock
) -> None:
    narrow = settings.model_copy(update={"client_daily_wrong_names": 1})
    async with serving(create(narrow, clock)) as client:
        guess = ndjson({**QUESTION, "name": OTHER_NAME})
        await begin_job(client, guess)
        await jobs.answer_next_rows(database, clock, narrow)
        excess = await client.post(JOBS, content=guess, headers=NDJSON)
        assert_problem(excess, 422, "job.wrong_names")
        await begin_job(client, ndjson(QUESTION))
        clock.advance(days=1)
        await begin_job(client, guess)


async def test_names_without_their_key_are_not_compared(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    path = await begin_job(client, ndjson({**QUESTION, "name": NAME}))
    rotated = type(settings)(**settings.model_dump() | {"data_keys": Fernet.generate_key()})
    await jobs.answer_next_rows(database, clock, rotated)
    (row,), _ = await read_answers(client, path)
    assert (row["answer"]["verdict"], row["answer"]["name_matches"]) == ("valid", None)


async def test_jobs_are_listed_for_their_owner_the_newest_first(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    paths = []
    for _ in range(3):
        paths.append(await begin_job(client, ndjson(QUESTION)))
        clock.advance(seconds=1)
    first_page = await client.get(JOBS, params={"limit": 2})
    second_page = await client.get(first_page.links["next"]["url"])
    jobs_of_pages = [*first_page.json()["items"], *second_page.json()["items"]]
    assert [f"{JOBS}/{job['id']}" for job in jobs_of_pages] == paths[::-1]
    assert jobs_of_pages[0] == (await client.get(paths[2])).json()
    stranger = await client.get(JOBS, headers=tokens.bearer(Scope.VERIFY, subject="another"))
    assert stranger.json()["items"] == []


async def test_a_cancelled_job_keeps_the_answers_that_there_are(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(row_jobs, "BATCH_ROWS", 2)
    path = await begin_job(client, ndjson(*[{**QUESTION, "name": NAME}] * 2, *[QUESTION] * 3))
    await jobs.answer_next_rows(database, clock, settings)
    stranger = tokens.bearer(Scope.VERIFY, subject="another")
    assert_problem(await client.post(f"{path}/cancel", headers=stranger), 404, "job.unknown")
    cancelled_job = (await client.post(f"{path}/cancel")).json()
    assert (cancelled_job["done"], cancelled_job["finished_at"]) == (2, None)
    assert cancelled_job["cancelled_at"] is not None
    assert await jobs.answer_next_rows(database, clock, settings) == 0
    clock.advance(seconds=1)
    assert (await client.post(f"{path}/cancel")).json() == cancelled_job
    row_answers, end = await read_answers(client, path)
    assert (len(row_answers), end["done"], end["total"]) == (2, 2, 5)
    assert await rows(database, "SELECT 1 FROM verification_job WHERE sealed_name_key <> ''") == []
    finished_path = await begin_job(client, ndjson(QUESTION))
    await jobs.answer_next_rows(database, clock, settings)
    assert_problem(await client.post(f"{finished_path}/cancel"), 409, "job.finished")


async def test_answers_are_not_sent_again_while_no_row_is_added(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    path = await begin_job(client, ndjson(QUESTION))
    tag = (await client.get(f"{path}/answers")).headers["etag"]
    again = await client.get(f"{path}/answers", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    await jobs.answer_next_rows(database, clock, settings)
    answer = await client.get(f"{path}/answers", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.headers["etag"] != tag


WORKER = """
import asyncio
from services.certificates.verification import jobs
from services.certificates.settings import CertificatesSettings
from shared.clock import SystemClock
from shared.db import Database
settings = CertificatesSettings()
asyncio.run(jobs.run_answering(Database.connect(settings), SystemClock(), settings))
"""


async def test_a_hundred_thousand_rows_survive_workers_that_are_killed(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    tmp_path: Path,
) -> None:
    total, chance = 100_000, random.Random(5)
    unknown = {**QUESTION, "number": "07.01000.00.00000002.29"}
    kinds = [QUESTION, unknown, {"number": "x"}]
    path = await begin_job(client, ndjson(*(kinds[place % 3] for place in range(total))))
    environment = {
        **os.environ,
        "ATTESTA_CERTIFICATES_DATABASE_URL": settings.database_url.get_secret_value(),
    }

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", WORKER], env=environment)

    async def count_done() -> int:
        return int((await client.get(path)).json()["done"])

    workers = [start(), start()]
    row_answers: list[dict[str, Any]] = []
    try:
        for least in (5_000, 30_000, 60_000):

            async def so_many(least: int = least) -> bool:
                return await count_done() >= least

            await eventually(so_many, f"{least} rows", 120)
            place = chance.randrange(2)
            workers[place].kill()
            workers[place].wait()
            workers[place] = start()
            next_answers, _ = await read_answers(client, path, after=len(row_answers))
            row_answers += next_answers[
                : len(next_answers) // 2
            ]  # the download breaks off, and goes on from there

        async def finished() -> bool:
            return await count_done() == total

        await eventually(finished, "all rows", 180)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    next_answers, end = await read_answers(client, path, after=len(row_answers))
    row_answers += next_answers
    assert (end["done"], end["total"]) == (total, total)
    assert [row["row"] for row in row_answers] == list(range(1, total + 1))
    verdicts = [(row["answer"] or {}).get("verdict") for row in row_answers]
    first = verdicts[:3]
    assert first[0] in {"valid", "expiring", "expired"}, "by the machine's own clock"
    assert first[1:] == ["not_found", None]
    assert all(verdicts[place] == first[place % 3] for place in range(total))
    assert verdicts.count("not_found") == total // 3
    assert verdicts.count(None) == total // 3
