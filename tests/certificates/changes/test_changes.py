"""What happens to a certificate after its issue: annulled, extended, superseded; many at once."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.scan import scan_due_notices
from shared.db import Database
from shared.events.applications import Holder
from shared.messaging.consumer import Consumer
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import approval, delivery, rows
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving

FIRST, SECOND, THIRD, _, FIFTH = (f"07.01000.00.0000000{serial}.29" for serial in range(1, 6))
EXTENSION = {
    "ends_from": "2029-02-01",
    "ends_to": "2029-03-31",
    "extended_by": "P5M",
    "reason": "Экзамены не проводились",
    "basis": "Решение агентства от 23.04.2029",
}
ANNULMENT = {"reason": "Выдано не тому человеку", "basis": "Решение совета № 7"}


async def issue(consumer: Consumer, clock: ManualClock, **changes: Any) -> None:
    event = approval().model_copy(update=changes)
    await consumer.handle_record(delivery(event, clock.now()))


async def verdict(client: httpx.AsyncClient, number: str = FIRST, **query: str) -> dict[str, Any]:
    question = {"number": number, "issued_on": "2026-03-02", **query}
    answer = await client.get("/v1/verification", params=question)
    assert answer.status_code == 200, answer.text
    answer_body: dict[str, Any] = answer.json()
    return answer_body


async def identity(database: Database, number: str) -> str:
    (row,) = await rows(database, "SELECT id FROM certificate WHERE number = :n", n=number)
    return str(row.id)


async def events(database: Database) -> list[dict[str, Any]]:
    event_rows = await rows(database, "SELECT headers, payload FROM outbox ORDER BY id")
    return [
        {"type": row.headers["ce_type"].split(".")[2], **json.loads(row.payload)}
        for row in event_rows
    ]


async def test_what_was_issued_in_error_never_was_valid_but_was_held_for_it(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    await issue(consumer, clock)
    path = f"/v1/certificates/{await identity(database, FIRST)}"
    clock.advance(days=100)
    annulled = await client.post(f"{path}/annul", json=ANNULMENT)
    assert annulled.status_code == 200, annulled.text
    assert_problem(await client.post(f"{path}/annul", json=ANNULMENT), 409, "certificate.annulled")
    now = await verdict(client)
    assert (now["verdict"], now["valid"], now["recheck_on"]) == ("annulled", False, None)
    then = await verdict(client, on="2026-04-01")
    assert (then["verdict"], then["known_at_the_time"]) == ("annulled", "valid")
    before = await verdict(client, on="2026-03-01")
    assert (before["verdict"], before["certificate"]) == ("not_found", None)
    (change,) = (await client.get(f"{path}/changes")).json()["items"]
    assert (change["kind"], change["actor"], change["basis"]) == (
        "annulled",
        "tester",
        "Решение совета № 7",
    )
    assert (change["effective_on"], change["recorded_at"]) == ("2026-03-02", "2026-06-10T09:00:00Z")
    assert [item["type"] for item in await events(database)] == ["issued", "changed"]


async def test_an_extension_is_looked_at_first_and_keeps_what_was_printed(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
) -> None:
    for _ in range(3):
        await issue(consumer, clock)
    first = await identity(database, FIRST)
    await client.post(f"/v1/certificates/{first}/annul", json=ANNULMENT)
    clock.advance(days=365 * 3 - 30)
    assert await scan_due_notices(database, clock, settings) == 2
    preview = (await client.post("/v1/extensions/preview", json=EXTENSION)).json()
    assert preview["count"] == 2
    assert {(item["ends_on"], item["extended_to"]) for item in preview["items"]} == {
        ("2029-03-02", "2029-08-02")
    }
    wrong = await client.post("/v1/extensions", json={**EXTENSION, "count": 3})
    assert assert_problem(wrong, 409, "extension.changed")["count"] == 2
    extension = await client.post("/v1/extensions", json={**EXTENSION, "count": 2})
    assert extension.json() == preview
    certificate = await client.get(f"/v1/certificates/{await identity(database, SECOND)}")
    assert (certificate.json()["valid_until"], certificate.json()["ends_on"]) == (
        "2029-03-02",
        "2029-08-02",
    )
    answer_body = await verdict(client, SECOND)
    assert (answer_body["verdict"], answer_body["certificate"]["ends_on"]) == (
        "valid",
        "2029-08-02",
    )
    assert answer_body["recheck_on"] == "2029-05-04"
    again = await client.post("/v1/extensions", json={**EXTENSION, "count": 2})
    assert_problem(again, 409, "extension.changed")
    clock.advance(days=160)
    assert await scan_due_notices(database, clock, settings) == 2
    notices = [item for item in await events(database) if item["type"] == "renewal_due"]
    assert [(item["ends_on"], item["threshold_days"]) for item in notices] == [
        *[("2029-03-02", 90)] * 2,
        *[("2029-08-02", 30)] * 2,
    ]
    assert (await verdict(client))["verdict"] == "annulled"


@pytest.mark.parametrize("difference", ["holder", "qualification"])
async def test_nobody_supersedes_anothers_certificate(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock, difference: str
) -> None:
    await issue(consumer, clock)
    event = approval()
    if difference == "holder":
        standing = event.holder.model_copy(update={"given_name": "Вера"})
        await issue(consumer, clock, recertifies=FIRST, holder=standing)
    else:
        another = event.qualification.model_copy(update={"id": event.application_id})
        await issue(consumer, clock, recertifies=FIRST, qualification=another)
    assert (await verdict(client))["successor"] is None


async def test_the_same_person_in_another_spelling_supersedes(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock
) -> None:
    """The holder is Белова Анна Сергеевна."""
    await issue(consumer, clock)
    holder = Holder(family_name="Belova", given_name="анна", patronymic="СЕРГЕЕВНА ")
    await issue(consumer, clock, recertifies=FIRST, holder=holder)
    assert (await verdict(client))["successor"] == SECOND


async def test_a_holder_under_a_new_name_supersedes_with_a_duplicate_or_the_councils_word(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    """The holder is Белова Анна Сергеевна."""
    await issue(consumer, clock)
    holder = Holder(family_name="Ёлкина", given_name="Анна", patronymic="Сергеевна")
    await issue(consumer, clock, recertifies=FIRST, holder=holder)
    assert (await verdict(client))["successor"] is None
    duplicate = {
        "ground": "name_change",
        "basis": "Свидетельство о браке",
        "applied_on": "2026-03-02",
        "holder": holder.model_dump(),
    }
    path = f"/v1/certificates/{await identity(database, FIRST)}/duplicates"
    answer = await client.post(path, json=duplicate)
    assert answer.status_code == 201, answer.text
    spelling = holder.model_copy(update={"family_name": "ЕЛКИНА"})
    await issue(consumer, clock, recertifies=FIRST, holder=spelling)
    assert (await verdict(client))["successor"] == THIRD
    await issue(consumer, clock, recertifies=SECOND)
    assert (await verdict(client, SECOND))["successor"] is None
    await issue(consumer, clock, recertifies=SECOND, same_holder_confirmed=True)
    assert (await verdict(client, SECOND))["successor"] == FIFTH


async def test_what_ended_for_good_is_not_superseded(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    await issue(consumer, clock)
    path = f"/v1/certificates/{await identity(database, FIRST)}"
    assert (await client.post(f"{path}/annul", json=ANNULMENT)).status_code == 200
    await issue(consumer, clock, recertifies=FIRST)
    changes = (await client.get(f"{path}/changes")).json()["items"]
    assert [change["kind"] for change in changes] == ["annulled"]


async def test_many_are_answered_each_on_its_own(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    for _ in range(2):
        await issue(consumer, clock)
    annulled = await identity(database, FIRST)
    await client.post(f"/v1/certificates/{annulled}/annul", json=ANNULMENT)
    valid_question = {"number": SECOND, "issued_on": "2026-03-02"}
    questions = [
        {"number": FIRST, "issued_on": "2026-03-02"},
        valid_question,
        {"number": SECOND, "issued_on": "2026-03-03"},
        {"number": SECOND},
        {"number": "ё" * 10, "issued_on": "2026-03-02"},
        {"number": SECOND, "issued_on": "2026-02-30"},
        "a word",
        None,
        {**valid_question, "more": 1},
        valid_question,
    ]
    answer = await client.post("/v1/verification/many", json=questions)
    row_answers = answer.json()["items"]
    assert [row["row"] for row in row_answers] == list(range(1, 11))
    assert [row["answer"] and row["answer"]["verdict"] for row in row_answers] == [
        *("annulled", "valid", "not_found", None, None, None, None, None, None, "valid")
    ]
    assert [row["errors"][0]["pointer"] for row in row_answers[3:9]] == [
        *("/issued_on", "/number", "/issued_on", "", "", "/more")
    ]
    full_answer = await client.post("/v1/verification/many", json=[valid_question] * 1000)
    assert [row["answer"]["verdict"] for row in full_answer.json()["items"]] == ["valid"] * 1000
    for rows_sent in ([], [valid_question] * 1001):
        refusal = await client.post("/v1/verification/many", json=rows_sent)
        assert_problem(refusal, 422, "verification.rows")
    future = await client.get("/v1/verification", params={**valid_question, "on": "2026-03-03"})
    assert_problem(future, 422, "verification.on", "#query/on")
    no_token = await client.post(
        "/v1/verification/many", json=[valid_question], headers={"Authorization": ""}
    )
    assert_problem(no_token, 401, "auth.missing")
    portal = tokens.bearer(Scope.VERIFY, employer=tokens.EMPLOYER)
    portal_answer = await client.post(
        "/v1/verification/many", json=[valid_question], headers=portal
    )
    assert portal_answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "rule", "pointer"),
    [
        ({**EXTENSION, "ends_to": "2029-01-01"}, "extension.window", "/"),
        ({**EXTENSION, "extended_by": "5 months"}, "period.format", "/extended_by"),
        ({**EXTENSION, "basis": ""}, "text.too_short", "/basis"),
        ({**EXTENSION, "reason": "so"}, "text.too_short", "/reason"),
    ],
)
async def test_a_faulty_extension_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any], rule: str, pointer: str
) -> None:
    answer = await client.post("/v1/extensions/preview", json=body)
    assert_problem(answer, 422, rule)
    assert any(
        fault["pointer"].startswith(pointer.rstrip("/")) for fault in answer.json()["errors"]
    )


async def test_the_measures_of_iso_17024_are_off_until_admitted(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    await issue(consumer, clock)
    path = f"/v1/certificates/{await identity(database, FIRST)}"
    today = {**ANNULMENT, "effective_on": "2026-03-02"}
    for measure in ("suspend", "reinstate", "withdraw"):
        answer = await client.post(f"{path}/{measure}", json=today)
        assert_problem(answer, 422, "measure.off")
    iso_settings = settings.model_copy(update={"iso_measures": True})
    async with serving(create(iso_settings, clock)) as iso:

        async def take(measure: str, body: dict[str, str]) -> httpx.Response:
            return await iso.post(f"{path}/{measure}", json=body)

        assert_problem(await take("reinstate", today), 409, "measure.standing")
        past = {**today, "effective_on": "2026-03-01"}
        refusal = await take("suspend", past)
        assert_problem(refusal, 422, "measure.past", "/effective_on")
        assert (await take("suspend", today)).status_code == 200
        assert (await verdict(iso))["verdict"] == "suspended"
        assert_problem(await take("suspend", today), 409, "measure.standing")
        lost = {"ground": "loss", "basis": "Заявление", "applied_on": "2026-03-02"}
        assert_problem(await iso.post(f"{path}/duplicates", json=lost), 422, "duplicate.nothing")
        later = {**ANNULMENT, "effective_on": "2026-04-01"}
        assert (await take("reinstate", later)).status_code == 200
        standing = await verdict(iso)
        assert (standing["verdict"], standing["recheck_on"]) == ("suspended", "2026-04-01")
        clock.advance(days=30)
        assert (await verdict(iso))["verdict"] == "valid"
        last = {**ANNULMENT, "effective_on": "2026-04-01"}
        assert (await take("withdraw", last)).status_code == 200
        assert (await verdict(iso))["verdict"] == "withdrawn"
        assert (await verdict(iso, on="2026-03-31"))["verdict"] == "suspended"
        assert_problem(await take("withdraw", last), 409, "measure.standing")
    assert [item["kind"] for item in (await events(database)) if "kind" in item] == [
        *("suspended", "reinstated", "withdrawn")
    ]


SHORTENING = {"reason": "Срок напечатан неверно", "basis": "Решение агентства № 9"}


async def test_a_shortened_certificate_ends_earlier_and_its_holder_is_told_at_once(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
) -> None:
    await issue(consumer, clock)  # valid through 2 March 2029
    clock.advance(days=300)
    certificate_id = await identity(database, FIRST)
    path = f"/v1/certificates/{certificate_id}/shorten"
    answer = await client.post(path, json={**SHORTENING, "ends_on": "2027-01-20"})
    assert answer.status_code == 200, answer.text
    assert (await verdict(client))["certificate"]["ends_on"] == "2027-01-20"
    await scan_due_notices(database, clock, settings)
    told = [(item["type"], item["ends_on"]) for item in await events(database)]
    assert told == [
        ("issued", "2029-03-02"),
        ("changed", "2027-01-20"),
        ("renewal_due", "2027-01-20"),
    ]
    assert (await events(database))[1]["kind"] == "shortened"
    (watched,) = await rows(database, "SELECT kind FROM pending_change WHERE kind <> 'renewal_due'")
    assert watched.kind == "corrected"
    ledger = await rows(database, "SELECT threshold_days, reason FROM validity_notice")
    assert {(row.threshold_days, row.reason) for row in ledger} == {
        *((days, "overtaken") for days in (180, 90)),
        (30, None),
    }
    clock.advance(days=30)
    assert (await verdict(client))["verdict"] == "expired"


@pytest.mark.parametrize("day", ["2026-03-01", "2026-12-31", "2029-03-02", "2030-01-01"])
async def test_an_end_moves_to_a_day_between_today_and_itself(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock, day: str
) -> None:
    await issue(consumer, clock)
    clock.advance(days=306)  # 2 January 2027
    path = f"/v1/certificates/{await identity(database, FIRST)}/shorten"
    answer = await client.post(path, json={**SHORTENING, "ends_on": day})
    assert_problem(answer, 422, "shortening.day")
    assert answer.json()["errors"][0]["pointer"] == "/ends_on"


async def test_what_has_ended_is_not_shortened(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    await issue(consumer, clock)
    await issue(consumer, clock, application_id=uuid4())
    annulled, expired = [await identity(database, number) for number in (FIRST, SECOND)]
    await client.post(f"/v1/certificates/{annulled}/annul", json=ANNULMENT)
    body = {**SHORTENING, "ends_on": "2028-03-02"}
    answer = await client.post(f"/v1/certificates/{annulled}/shorten", json=body)
    assert_problem(answer, 409, "shortening.standing")
    clock.advance(days=4 * 365)
    answer = await client.post(f"/v1/certificates/{expired}/shorten", json=body)
    assert_problem(answer, 409, "shortening.standing")


@pytest.mark.parametrize(("scope", "status"), [(None, 401), (Scope.PROCESS, 403)])
async def test_only_the_agency_shortens(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    scope: Scope | None,
    status: int,
) -> None:
    await issue(consumer, clock)
    path = f"/v1/certificates/{await identity(database, FIRST)}/shorten"
    headers = {"Authorization": ""} if scope is None else tokens.bearer(scope)
    body = {**SHORTENING, "ends_on": "2028-03-02"}
    assert (await client.post(path, json=body, headers=headers)).status_code == status
    assert (await verdict(client))["certificate"]["ends_on"] == "2029-03-02"


@pytest.mark.parametrize("path", ["/v1/extensions", "/v1/extensions/preview"])
async def test_one_request_looks_at_so_many_certificates(
    consumer: Consumer, clock: ManualClock, settings: CertificatesSettings, path: str
) -> None:
    for _ in range(3):
        await issue(consumer, clock)
    body = EXTENSION if path.endswith("preview") else {**EXTENSION, "count": 3}
    for limit, status in ((2, 422), (3, 200)):
        bounded = settings.model_copy(update={"extension_rows": limit})
        async with serving(create(bounded, clock)) as client:
            answer = await client.post(path, json=body)
        if status == 422:
            assert_problem(answer, 422, "extension.large", "/ends_to")
        else:
            assert (answer.status_code, answer.json()["count"]) == (200, 3), answer.text
