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

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from services.certificates.verification import jobs
from shared.db import Database
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import QUESTION, commanding, rows
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.problems import assert_problem
from tests.serving import serving

pytestmark = pytest.mark.usefixtures("issued")
JOBS = "/v1/verification/jobs"
NDJSON = {"Content-Type": "application/x-ndjson"}


def ndjson(*told: Any) -> str:
    return "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in told)


async def begun(client: httpx.AsyncClient, body: str, **query: str) -> str:
    """The address of a new job."""
    answer = await client.post(JOBS, content=body, headers=NDJSON, params=query)
    assert answer.status_code == 202, answer.text
    return str(answer.headers["location"])


async def answered(
    client: httpx.AsyncClient, path: str, after: int = 0
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The answers after a row, and the last line."""
    answer = await client.get(f"{path}/answers", params={"after": str(after)})
    assert answer.status_code == 200, answer.text
    *told, end = (json.loads(line) for line in answer.text.splitlines())
    assert end["end"] is True
    return told, end


async def test_each_line_has_its_own_answer_in_its_place(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    bad = ["{", "[]", '"x"', {}, {**QUESTION, "more": 1}, {**QUESTION, "issued_on": "02.03.2026"}]
    unknown = {**QUESTION, "issued_on": "2026-03-03"}
    path = await begun(client, ndjson(QUESTION, *bad, "", unknown, "\x00", QUESTION))
    assert (await client.get(path)).json()["done"] == 0
    told, end = await answered(client, path)
    assert (told, end["done"], end["total"]) == ([], 0, 10)
    assert await jobs.answer_next_rows(database, clock, settings) == 10
    assert await jobs.answer_next_rows(database, clock, settings) == 0
    told, end = await answered(client, path)
    assert [row["row"] for row in told] == list(range(1, 11))
    verdicts = [(row["answer"] or {}).get("verdict") for row in told]
    assert verdicts == ["valid", *[None] * 6, "not_found", None, "valid"]
    assert all(bool(row["errors"]) is (row["answer"] is None) for row in told)
    assert told[6]["errors"][0]["pointer"] == "/issued_on"
    shown = (await client.get(path)).json()
    assert (shown["done"], shown["total"]) == (10, 10)
    assert shown["finished_at"] is not None
    rest, _ = await answered(client, path, after=8)
    assert rest == told[8:]


async def test_a_job_may_ask_for_a_past_day_and_for_evidence(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    path = await begun(client, ndjson(QUESTION), at="2026-03-01", with_evidence="true")
    await jobs.answer_next_rows(database, clock, settings)
    (row,), _ = await answered(client, path)
    assert row["answer"]["verdict"] == "not_found"
    assert row["answer"]["evidence"].count(".") == 2
    future = await client.post(JOBS, content=ndjson(QUESTION), params={"at": "2026-03-03"})
    assert_problem(future, 422, "verification.at", "#query/at")


async def test_the_same_key_is_the_same_job(client: httpx.AsyncClient, database: Database) -> None:
    headers = {**NDJSON, "Idempotency-Key": "staff-2026-03"}
    body = ndjson(QUESTION)
    answers = [await client.post(JOBS, content=body, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    other = await client.post(JOBS, content=body * 2, headers=headers)
    assert_problem(other, 422, "idempotency.key_reused")
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
        await begun(client, ndjson(QUESTION, QUESTION, QUESTION))
        more = await client.post(JOBS, content=ndjson(*[QUESTION] * 3), headers=NDJSON)
        assert_problem(more, 422, "job.daily")
        clock.advance(days=1)
        await begun(client, ndjson(QUESTION, QUESTION, QUESTION))


async def test_a_job_is_its_owners_and_is_forgotten(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    path = await begun(client, ndjson(QUESTION))
    other = tokens.bearer(Scope.VERIFY, subject="another")
    for address in (path, f"{path}/answers", f"{JOBS}/{uuid4()}"):
        assert_problem(await client.get(address, headers=other), 404, "job.unknown")
    async with database.transaction() as session:
        await jobs.delete_old_jobs(commanding(session, clock, settings))
    assert (await client.get(path)).status_code == 200
    clock.advance(days=7, seconds=1)
    async with database.transaction() as session:
        await jobs.delete_old_jobs(commanding(session, clock, settings))
    assert_problem(await client.get(path), 404, "job.unknown")
    assert await rows(database, "SELECT 1 FROM verification_row") == []


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
    path = await begun(client, ndjson(*(kinds[place % 3] for place in range(total))))
    environment = {
        **os.environ,
        "ATTESTA_CERTIFICATES_DATABASE_URL": settings.database_url.get_secret_value(),
    }

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", WORKER], env=environment)

    async def done() -> int:
        return int((await client.get(path)).json()["done"])

    workers = [start(), start()]
    told: list[dict[str, Any]] = []
    try:
        for least in (5_000, 30_000, 60_000):

            async def so_many(least: int = least) -> bool:
                return await done() >= least

            await eventually(so_many, f"{least} rows", 120)
            place = chance.randrange(2)
            workers[place].kill()
            workers[place].wait()
            workers[place] = start()
            more, _ = await answered(client, path, after=len(told))
            told += more[: len(more) // 2]  # the download breaks off, and goes on from there

        async def finished() -> bool:
            return await done() == total

        await eventually(finished, "all rows", 180)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    more, end = await answered(client, path, after=len(told))
    told += more
    assert (end["done"], end["total"]) == (total, total)
    assert [row["row"] for row in told] == list(range(1, total + 1))
    verdicts = [(row["answer"] or {}).get("verdict") for row in told]
    first = verdicts[:3]
    assert first[0] in {"valid", "expiring", "expired"}, "by the machine's own clock"
    assert first[1:] == ["not_found", None]
    assert all(verdicts[place] == first[place % 3] for place in range(total))
    assert verdicts.count("not_found") == total // 3
    assert verdicts.count(None) == total // 3
