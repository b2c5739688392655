"""Lists of certificates enrolled and unenrolled in the background, as NDJSON or as a table."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from services.certificates.main import create
from services.certificates.rosters import jobs
from services.certificates.settings import CertificatesSettings
from shared import row_jobs
from shared.db import Database
from tests.certificates.approvals import QUESTION, rows
from tests.certificates.rosters.portal import lines, portal, subscribe
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving

pytestmark = pytest.mark.usefixtures("three")
NDJSON = {**portal(), "Content-Type": "application/x-ndjson"}
CSV = {**portal(), "Content-Type": "text/csv"}
SECOND = {"number": "07.01000.00.00000002.29", "issued_on": "2026-03-02"}
THIRD = {"number": "07.01000.00.00000003.29", "issued_on": "2026-03-02"}


async def read_answers(
    client: httpx.AsyncClient, path: str, after: int = 0
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What came of the rows after one, and the last line."""
    answer = await client.get(f"{path}/answers", params={"after": after}, headers=portal())
    assert answer.status_code == 200, answer.text
    *answers, end = map(json.loads, answer.text.splitlines())
    return answers, end


async def list_numbers(client: httpx.AsyncClient, path: str) -> list[str]:
    """The numbers on the roster, in its order."""
    answer = await client.get(f"{path}/roster.ndjson", headers=portal())
    *entries, end = map(json.loads, answer.text.splitlines())
    assert end["end"] is True
    assert end["count"] == len(entries)
    return [entry["number"] for entry in entries]


async def test_each_row_has_its_own_answer(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    path = await subscribe(client)
    bad = ["{", "[]", {}, {**QUESTION, "issued_on": "02.03.2026"}, {**QUESTION, "more": 1}]
    wrong = {**QUESTION, "issued_on": "2026-03-01"}
    late = {**THIRD, "until": "2029-01-01"}
    body = lines(QUESTION, *bad, "", wrong, SECOND, late, "\x00", QUESTION)
    answer = await client.post(f"{path}/enrolment-jobs", content=body, headers=NDJSON)
    assert answer.status_code == 202, answer.text
    job_path = answer.headers["location"]
    assert await jobs.handle_next_rows(database, clock, settings) == 11
    assert await jobs.handle_next_rows(database, clock, settings) == 0
    answers, end = await read_answers(client, job_path)
    assert (end["done"], end["total"]) == (11, 11)
    assert [row["row"] for row in answers] == list(range(1, 12))
    assert [row["rule"] for row in answers] == [
        None,
        *["row.invalid"] * 5,
        *("enrolment.not_found", None, "enrolment.until", "row.invalid", None),
    ]
    assert [row["outcome"] for row in answers].count("done") == 3
    assert answers[0]["status"]["verdict"] == "valid"
    assert answers[6]["status"] is None
    assert answers[4]["errors"][0]["pointer"] == "/issued_on"
    job = (await client.get(job_path, headers=portal())).json()
    assert (job["done"], job["refusals"], job["action"]) == (11, 8, "enrol")
    assert job["finished_at"] is not None
    assert await list_numbers(client, path) == [QUESTION["number"], SECOND["number"]]
    assert (await client.get(path, headers=portal())).json()["enrolled"] == 2
    unenrolment = lines(QUESTION, THIRD, wrong)
    answer = await client.post(f"{path}/unenrolment-jobs", content=unenrolment, headers=NDJSON)
    await jobs.handle_next_rows(database, clock, settings)
    answers, _ = await read_answers(client, answer.headers["location"])
    assert [row["rule"] for row in answers] == [None, None, "enrolment.not_found"]
    assert await list_numbers(client, path) == [SECOND["number"]]
    assert (await client.get(path, headers=portal())).json()["enrolled"] == 1


COMMAS = (
    "number,issued_on\n07.01000.00.00000001.29,2026-03-02\n07.01000.00.00000002.29,2026-03-02\n"
)
SEMICOLONS = (
    '\ufeff Номер ;Имя;"Дата выдачи"\r\n07.01000.00.00000001.29;x;02.03.2026\r\n\r\n'
    "07.01000.00.00000002.29;;2 марта 2026\r\n"
)
TABS = (
    "issued_on\tnumber\tuntil\n2026-03-02\t07.01000.00.00000001.29\t\n"
    "2026-03-02\t07.01000.00.00000002.29\t31.12.2026\n"
)


@pytest.mark.parametrize("table", [COMMAS, SEMICOLONS, TABS])
@pytest.mark.parametrize("charset", ["utf-8", "cp1251"])
async def test_a_table_is_read_as_spreadsheets_save_it(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    table: str,
    charset: str,
) -> None:
    path = await subscribe(client)
    content = table.removeprefix("\ufeff" if charset == "cp1251" else "").encode(charset)
    answer = await client.post(f"{path}/enrolment-jobs", content=content, headers=CSV)
    assert answer.status_code == 202, answer.text
    await jobs.handle_next_rows(database, clock, settings)
    answers, _ = await read_answers(client, answer.headers["location"])
    assert [row["rule"] for row in answers] == [None, None], answers
    assert len(await list_numbers(client, path)) == 2


@pytest.mark.parametrize(
    ("body", "headers", "rule"),
    [
        ("", NDJSON, "job.rows"),
        ("{}\n" * 4, NDJSON, "job.rows"),
        ("number,issued_on\n", CSV, "job.rows"),
        ("number,issued_on\n" + "1,2\n" * 4, CSV, "job.rows"),
        ("a,b\n1,2\n", CSV, "job.columns"),
        ("", CSV, "job.columns"),
        ("number,issued_on\n" + "x" * 200, CSV, None),
        ("x" * 1300, CSV, "job.rows"),
        ('number,issued_on\n"' + "x" * 10, CSV, "sheet.table"),
        ("number,issued_on\n1,2,3\n", CSV, "job.cells"),
        ("number,номер,issued_on\n1,2,3\n", CSV, "job.columns"),
        ("number,number,issued_on\n1,2,3\n", CSV, "sheet.columns"),
    ],
)
async def test_a_list_has_its_bounds(
    settings: CertificatesSettings,
    clock: ManualClock,
    database: Database,
    body: str,
    headers: dict[str, str],
    rule: str | None,
) -> None:
    narrow = settings.model_copy(update={"job_rows": 3, "client_daily_job_rows": 4})
    async with serving(create(narrow, clock)) as client:
        path = await subscribe(client)
        answer = await client.post(f"{path}/enrolment-jobs", content=body, headers=headers)
        if rule is None:
            assert answer.status_code == 202
            await jobs.handle_next_rows(database, clock, narrow)
            return
        assert_problem(answer, 422, rule)
        assert await rows(database, "SELECT 1 FROM enrolment_job") == []
        await client.post(f"{path}/enrolment-jobs", content=lines(*[QUESTION] * 3), headers=NDJSON)
        excess = await client.post(
            f"{path}/unenrolment-jobs", content=lines(*[QUESTION] * 2), headers=NDJSON
        )
        assert_problem(excess, 422, "job.daily")


async def test_the_same_key_is_the_same_job_and_an_ended_roster_takes_none(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await subscribe(client)
    headers = {**NDJSON, "Idempotency-Key": "staff-2026-03"}
    content = lines(QUESTION)
    answers = [
        await client.post(f"{path}/enrolment-jobs", content=content, headers=headers)
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert len(await rows(database, "SELECT 1 FROM enrolment_job")) == 1
    other = await subscribe(client)
    job_id = answers[0].json()["id"]
    elsewhere = await client.get(f"{other}/jobs/{job_id}", headers=portal())
    assert_problem(elsewhere, 404, "job.unknown")
    await client.delete(other, headers=portal())
    ended = await client.post(f"{other}/enrolment-jobs", content=content, headers=NDJSON)
    assert_problem(ended, 409, "subscription.ended")


async def test_a_batch_whose_answers_were_lost_is_handled_again_to_the_same_end(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = await subscribe(client)
    content = lines(QUESTION, SECOND)
    answer = await client.post(f"{path}/enrolment-jobs", content=content, headers=NDJSON)

    async def die(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(jobs, "_answer_rows", die)
        with pytest.raises(KeyboardInterrupt):
            await jobs.handle_next_rows(database, clock, settings)
    assert len(await list_numbers(client, path)) == 2  # they are watched already
    _, end = await read_answers(client, answer.headers["location"])
    assert end["done"] == 0
    await jobs.handle_next_rows(database, clock, settings)
    answers, _ = await read_answers(client, answer.headers["location"])
    assert [row["outcome"] for row in answers] == ["done", "done"]
    assert (await client.get(path, headers=portal())).json()["enrolled"] == 2


async def test_rows_without_room_are_refused_and_a_roster_that_ended_meanwhile_refuses_all(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    path = await subscribe(client)
    body = lines(QUESTION, SECOND, QUESTION, THIRD)
    answer = await client.post(f"{path}/enrolment-jobs", content=body, headers=NDJSON)
    narrow = settings.model_copy(update={"roster_enrolments": 2})
    await jobs.handle_next_rows(database, clock, narrow)
    answers, _ = await read_answers(client, answer.headers["location"])
    assert [row["rule"] for row in answers] == [None, None, None, "roster.full"]
    late = await client.post(f"{path}/enrolment-jobs", content=body, headers=NDJSON)
    await client.delete(path, headers=portal())
    await jobs.handle_next_rows(database, clock, settings)
    answers, _ = await read_answers(client, late.headers["location"])
    assert {row["rule"] for row in answers} == {"subscription.ended"}


async def test_jobs_of_a_roster_are_listed_and_cancelled(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(row_jobs, "BATCH_ROWS", 1)
    path = await subscribe(client)
    body = lines(QUESTION, SECOND, THIRD)
    answer = await client.post(f"{path}/enrolment-jobs", content=body, headers=NDJSON)
    job_path = answer.headers["location"]
    await jobs.handle_next_rows(database, clock, settings)
    assert_problem(
        await client.post(f"{job_path}/cancel", headers=portal("another")),
        404,
        "subscription.unknown",
    )
    cancelled_job = (await client.post(f"{job_path}/cancel", headers=portal())).json()
    assert (cancelled_job["done"], cancelled_job["finished_at"]) == (1, None)
    assert cancelled_job["cancelled_at"] is not None
    assert await jobs.handle_next_rows(database, clock, settings) == 0
    assert await list_numbers(client, path) == [QUESTION["number"]]
    clock.advance(seconds=1)
    other = await client.post(f"{path}/enrolment-jobs", content=lines(THIRD), headers=NDJSON)
    await jobs.handle_next_rows(database, clock, settings)
    finished = await client.post(f"{other.headers['location']}/cancel", headers=portal())
    assert_problem(finished, 409, "job.finished")
    pages = [
        (await client.get(f"{path}/jobs", params={"limit": limit}, headers=portal())).json()
        for limit in (1, 2)
    ]
    assert [item["id"] for item in pages[1]["items"]] == [other.json()["id"], answer.json()["id"]]
    assert pages[0]["items"] == pages[1]["items"][:1]
    assert pages[0]["next"]
    assert pages[1]["items"][1] == cancelled_job
    strange = await client.get(f"{path}/jobs", headers=portal("another"))
    assert_problem(strange, 404, "subscription.unknown")


async def test_a_batch_in_hand_is_answered_though_its_job_is_cancelled(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(row_jobs, "BATCH_ROWS", 1)
    path = await subscribe(client)
    body = lines(QUESTION, SECOND)
    answer = await client.post(f"{path}/enrolment-jobs", content=body, headers=NDJSON)
    job_path = answer.headers["location"]
    apply_rows = jobs._apply_rows

    async def apply_then_cancel(context: Any, pool: Any, job: Any, given_rows: Any) -> None:
        await apply_rows(context, pool, job, given_rows)
        cancelling.append(asyncio.create_task(client.post(f"{job_path}/cancel", headers=portal())))

    cancelling: list[asyncio.Task[httpx.Response]] = []
    with monkeypatch.context() as patched:
        patched.setattr(jobs, "_apply_rows", apply_then_cancel)
        await jobs.handle_next_rows(database, clock, settings)
    assert (await cancelling[0]).status_code == 200
    answers, end = await read_answers(client, job_path)
    assert ([row["outcome"] for row in answers], end["done"]) == (["done"], 1)
    assert await jobs.handle_next_rows(database, clock, settings) == 0
    assert await list_numbers(client, path) == [QUESTION["number"]]


async def test_a_roster_is_not_sent_again_while_nothing_is_to_be_told(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    path = await subscribe(client)
    await client.post(f"{path}/enrolments", json=QUESTION, headers=portal())

    async def get(tag: str = "", coding: str = "identity") -> httpx.Response:
        headers = {**portal(), "Accept-Encoding": coding}
        if tag:
            headers["If-None-Match"] = tag
        return await client.get(f"{path}/roster.ndjson", headers=headers)

    for coding in ("identity", "gzip"):
        tag = (await get(coding=coding)).headers["etag"]
        assert tag.startswith('W/"')
        again = await get(tag, coding)
        assert (again.status_code, again.content) == (304, b"")
    await client.post(f"{path}/enrolments", json=SECOND, headers=portal())
    changed = await get(tag)
    assert changed.status_code == 200
    await client.delete(f"{path}/enrolments", params=SECOND, headers=portal())
    await client.post(f"{path}/enrolments", json=THIRD, headers=portal())
    swapped = await get(changed.headers["etag"])
    assert swapped.status_code == 200
    assert (await get(swapped.headers["etag"])).status_code == 304
    clock.advance(days=1)
    assert (await get(swapped.headers["etag"])).status_code == 200
