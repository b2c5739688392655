"""What is wrong with a row is said in the client's language, never in a library's words."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.certificates.settings import CertificatesSettings
from services.certificates.verification import jobs
from shared.db import Database
from tests.certificates.approvals import QUESTION
from tests.certificates.verification.test_jobs import begin_job, ndjson, read_answers
from tests.clock import ManualClock
from tests.problems import assert_language

BAD_ROWS: list[Any] = [
    *(None, 1, "x", [], {}, {**QUESTION, "more": 1}, {**QUESTION, "number": "ё"}),
    *({**QUESTION, "number": 7}, {**QUESTION, "number": ""}, {**QUESTION, "number": "0" * 999}),
    *({**QUESTION, "issued_on": day} for day in ("2026-02-30", 0, "02.03.2026", None, "x" * 99)),
    {"x" * 20_000: 1},
    {f"member {number}": 1 for number in range(300)},
]


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_each_bad_row_of_many_is_told_in_the_clients_language(
    client: httpx.AsyncClient, language: str
) -> None:
    client.headers["Accept-Language"] = language
    answer = await client.post("/v1/verification/many", json=BAD_ROWS)
    for row in answer.json()["items"]:
        assert_language(row["errors"], language)


@pytest.mark.usefixtures("issued_certificate")
async def test_rows_of_a_job_are_told_in_the_language_of_its_request(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    client.headers["Accept-Language"] = "ru"
    name = {"family_name": "Орлова", "given_name": "Вера"}
    named = [{**QUESTION, "name": {**name, "patronymic": f"П{turn}"}} for turn in "абвг"]
    path = await begin_job(client, ndjson(*BAD_ROWS, *named, "{", "x" * 50))
    await jobs.answer_next_rows(database, clock, settings)
    row_answers, _ = await read_answers(client, path)
    bad_rows = [row for row in row_answers if row["answer"] is None]
    assert len(bad_rows) == len(BAD_ROWS) + 3
    for row in bad_rows:
        assert_language(row["errors"], "ru")


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("/v1/registry/receipts", {"position": 99, "outcome": "refused", "reason": "Нет"}),
        (
            "/v1/registry/numbers",
            {"application_id": str(uuid4()), "number": "07.01000.00.00000001.29"},
        ),
    ],
)
async def test_refused_rows_of_the_registry_are_told_in_its_language(
    client: httpx.AsyncClient, path: str, row: dict[str, Any], language: str
) -> None:
    answer = await client.post(path, json=[row], headers={"Accept-Language": language})
    (outcome,) = answer.json()["items"]
    assert outcome["outcome"] == "refused"
    assert_language(outcome["errors"], language)
