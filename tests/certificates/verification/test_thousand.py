"""A thousand numbers in one call: each kind of verdict, each kind of bad row, each in its place."""

import random
from collections import Counter
from datetime import date
from typing import Any

import httpx
import pytest

from services.certificates.certificate import queries
from services.certificates.certificate.models import Certificate
from services.certificates.certificate.standing import ChangeKind, Verdict
from services.certificates.changes.operations import ChangeDetails, record_change
from services.certificates.issuance.operations import issue_certificate
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from tests.certificates.approvals import approval, commanding
from tests.clock import ManualClock

EACH = 100
TERMS = {Verdict.EXPIRING: "P2M", Verdict.EXPIRED: "P1D"}
CHANGES = {
    Verdict.SUSPENDED: ChangeKind.SUSPENDED,
    Verdict.WITHDRAWN: ChangeKind.WITHDRAWN,
    Verdict.ANNULLED: ChangeKind.ANNULLED,
}
NUMBER_FORM = "certificate.number_form"
BAD: list[tuple[Any, str, str]] = [
    (None, "", "value.type"),
    ("a word", "", "value.type"),
    ([1], "", "value.type"),
    ({}, "/number", "value.required"),
    ({"number": "07.01000.00.00000001.29"}, "/issued_on", "value.required"),
    ({"issued_on": "2026-03-02"}, "/number", "value.required"),
    ({"number": "x", "issued_on": "2026-03-02"}, "/number", NUMBER_FORM),
    ({"number": "1" * 61, "issued_on": "2026-03-02"}, "/number", NUMBER_FORM),
    ({"number": "ё" * 9, "issued_on": "2026-03-02"}, "/number", NUMBER_FORM),
    ({"number": "\x00" * 9, "issued_on": "2026-03-02"}, "/number", NUMBER_FORM),
    ({"number": 7, "issued_on": "2026-03-02"}, "/number", NUMBER_FORM),
    ({"number": "07.01000", "issued_on": "02.03.2026"}, "/issued_on", "day.form"),
    ({"number": "07.01000", "issued_on": "2026-02-30"}, "/issued_on", "day.form"),
    ({"number": "07.01000", "issued_on": None}, "/issued_on", "day.form"),
    ({"number": "07.01000", "issued_on": "2026-03-02", "more": 1}, "/more", "value.unknown"),
]


@pytest.fixture
async def numbers(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> dict[Verdict, list[str]]:
    """A hundred certificates of each kind, two days after their issue."""
    certificates_by_verdict: dict[Verdict, list[Certificate | None]] = {}
    async with database.transaction() as session:
        for verdict in Verdict:
            if verdict in (Verdict.NOT_FOUND, Verdict.SUPERSEDED):
                continue
            certificates_by_verdict[verdict] = [
                await issue_certificate(
                    commanding(session, clock, settings),
                    approval(validity_term=TERMS.get(verdict, "P3Y")),
                )
                for _ in range(EACH)
            ]
    clock.advance(days=2)
    async with database.transaction() as session:
        for verdict, kind in CHANGES.items():
            ids = [item.id for item in certificates_by_verdict[verdict] if item is not None]
            await record_change(
                commanding(session, clock, settings),
                await queries.lock_certificates(session, ids),
                ChangeDetails(
                    kind=kind,
                    effective_on=date(2026, 3, 2),
                    reason="for the test",
                ),
            )
    return {
        verdict: [item.number for item in certificates if item is not None]
        for verdict, certificates in certificates_by_verdict.items()
    }


async def test_a_thousand_rows_of_every_kind(
    client: httpx.AsyncClient, numbers: dict[Verdict, list[str]]
) -> None:
    questions: list[tuple[Any, str]] = [
        ({"number": number, "issued_on": "2026-03-02"}, verdict)
        for verdict, all_of_them in numbers.items()
        for number in all_of_them
    ]
    unknown = [f"07.01000.77.{n:08d}.29" for n in range(EACH)]
    wrong_day = numbers[Verdict.VALID][:50]
    questions += [({"number": n, "issued_on": "2026-03-02"}, Verdict.NOT_FOUND) for n in unknown]
    questions += [({"number": n, "issued_on": "2026-03-03"}, Verdict.NOT_FOUND) for n in wrong_day]
    bad = [BAD[place % len(BAD)] for place in range(1000 - len(questions))]
    questions += [(row, f"{pointer} {rule}") for row, pointer, rule in bad]
    random.Random(1).shuffle(questions)
    answer = await client.post("/v1/verification/many", json=[row for row, _ in questions])
    assert answer.status_code == 200, answer.text
    row_answers = answer.json()["items"]
    assert [row["row"] for row in row_answers] == list(range(1, 1001))
    results = [
        row["answer"]["verdict"]
        if row["answer"]
        else f"{row['errors'][0]['pointer']} {row['errors'][0]['rule']}"
        for row in row_answers
    ]
    assert results == [expected_result for _, expected_result in questions]
    counts = Counter(results)
    assert all(counts[verdict] >= EACH for verdict in [*numbers, Verdict.NOT_FOUND])
    assert {f"{pointer} {rule}" for _, pointer, rule in BAD} <= set(counts)
    for (row, expected_result), item in zip(questions, row_answers, strict=True):
        if expected_result in set(Verdict) - {Verdict.NOT_FOUND}:
            assert item["answer"]["certificate"]["number"] == row["number"]
