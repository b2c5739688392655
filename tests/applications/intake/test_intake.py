"""Submitting and reading applications, over real PostgreSQL."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.applications import people
from tests.clock import ManualClock
from tests.problems import assert_problem

NUMBER, SERIES, ISSUED_ON = (
    f"/identity_document/{name}" for name in ("number", "series", "issued_on")
)
BORN = "/applicant/birth_date"
PATH = "/v1/applications"
FOLLOWED_ON = "/recertifies/issued_on"


def follow(issued_on: str, number: str = "07.01000.00.00000001.29") -> dict[str, str]:
    """The certificate that an application follows."""
    return {"number": number, "issued_on": issued_on}


async def test_an_application_is_taken_and_told_what_to_bring(
    client: httpx.AsyncClient, database: Database
) -> None:
    answer = await client.post(PATH, json=people.form())
    assert answer.status_code == 201, answer.text
    application = answer.json()
    assert answer.headers["Location"] == f"{PATH}/{application['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert (application["status"], application["acts_next"]) == ("submitted", "centre")
    assert application["qualification"]["version"] == 1
    assert application["check"]["to_bring"] == [
        "Документ о среднем образовании",
        "Удостоверение о повышении квалификации",
    ]
    assert (await client.get(f"{PATH}/{application['id']}")).json() == application
    assert (await client.get(f"{PATH}/{application['id']}/check")).json() == application["check"]
    (consent,) = await people.fetch_rows(database, "SELECT * FROM consent")
    assert (str(consent.application_id), consent.text_version) == (application["id"], "2025-09-01")
    (step,) = (await client.get(f"{PATH}/{application['id']}/history")).json()["items"]
    assert (step["command"], step["from_status"], step["to_status"]) == (
        "submit",
        None,
        "submitted",
    )


@pytest.mark.parametrize(
    "names",
    [
        {"family_name": "Сукарно", "given_name": "Сукарно", "patronymic": None},
        {"family_name": "д’Артаньян", "given_name": "Жан-Жак", "patronymic": "Оглы Мамедович"},
        {"family_name": " O'Neill ", "given_name": "J. R. R.", "patronymic": None},
        {"family_name": "Nguyễn", "given_name": "Văn A", "patronymic": None},
        {"family_name": "李", "given_name": "小龙", "patronymic": None},
    ],
)
async def test_names_of_all_peoples_are_taken(
    client: httpx.AsyncClient, names: dict[str, str | None]
) -> None:
    answer = await client.post(PATH, json=people.applicant(**names))
    assert answer.status_code == 201, answer.text
    applicant = answer.json()["applicant"]
    assert applicant["family_name"] == (names["family_name"] or "").strip()
    assert applicant["patronymic"] == names["patronymic"]


def without(member: str) -> dict[str, Any]:
    return {name: value for name, value in people.form().items() if name != member}


@pytest.mark.parametrize(
    ("body", "rule", "pointer"),
    [
        (without("consent"), "value.required", "/consent"),
        (people.form(consent={"text_version": "1"}), "value.required", "/consent/given"),
        (
            people.form(consent={"text_version": "1", "given": False}),
            "value.choice",
            "/consent/given",
        ),
        (people.form(consent={"given": True}), "value.required", "/consent/text_version"),
        (
            people.form(qualification_id=str(uuid4())),
            "application.qualification_unknown",
            "/qualification_id",
        ),
        (people.form(qualification_id="seven"), "id.form", "/qualification_id"),
        (people.form(notify_by="pigeon"), "value.choice", "/notify_by"),
        (people.form(surprise=1), "value.unknown", "/surprise"),
        (
            people.applicant(birth_date="31.12.1999"),
            "day.form",
            "/applicant/birth_date",
        ),
        (
            people.applicant(birth_date="1999-02-30"),
            "day.form",
            "/applicant/birth_date",
        ),
        (people.applicant(birth_date=0), "day.form", "/applicant/birth_date"),
        (
            people.applicant(birth_date="2026-03-02"),
            "applicant.birth_date",
            "/applicant/birth_date",
        ),
        (
            people.applicant(birth_date="1026-03-02"),
            "day.bounds",
            "/applicant/birth_date",
        ),
        (people.applicant(family_name="Пет\x00рова"), "text.nul", "/applicant/family_name"),
        (people.applicant(family_name="   "), "text.too_short", "/applicant/family_name"),
        (
            people.applicant(family_name="Анна1"),
            "name.characters",
            "/applicant/family_name",
        ),
        (people.applicant(given_name="А\nнна"), "name.characters", "/applicant/given_name"),
        (people.applicant(given_name="А" * 101), "text.too_long", "/applicant/given_name"),
        (people.applicant(email="anna"), "email.form", "/applicant/email"),
        (people.applicant(email="anna@"), "email.form", "/applicant/email"),
        (people.applicant(email="anna@localhost"), "email.form", "/applicant/email"),
        (people.applicant(phone="123"), "applicant.phone", "/applicant/phone"),
        (people.applicant(phone="none"), "applicant.phone", "/applicant/phone"),
        (people.applicant(phone="+7 495"), "applicant.phone", "/applicant/phone"),
        (people.applicant(phone="+999 000 000 000"), "applicant.phone", "/applicant/phone"),
        (people.applicant(phone="+7\n495"), "applicant.phone", "/applicant/phone"),
        (people.applicant(email=None), "applicant.notification_channel", "/applicant/email"),
        (
            people.form(centre={"number": "1", "name": "a\x07"}),
            "text.control",
            "/centre/name",
        ),
        (people.applicant(family_name="Ивaнов"), "name.alphabets", "/applicant/family_name"),
        (
            people.applicant(birth_date="2015-03-02"),
            "applicant.birth_date",
            "/applicant/birth_date",
        ),
        (people.identity(series="401"), "identity_document.passport", SERIES),
        (people.identity(number="2345678"), "identity_document.passport", NUMBER),
        (people.identity(series=None, number="4012345678"), "identity_document.passport", SERIES),
        (people.identity(type="foreign_passport", number="AB"), "identity_document.digits", NUMBER),
        (people.identity(number="345678😀"), "text.unprintable", NUMBER),
        (people.identity(issued_on="2010-01-20"), "identity_document.passport_age", ISSUED_ON),
        (people.identity(issued_on="0020-01-20"), "day.bounds", ISSUED_ON),
        (
            people.applicant(birth_date="1905-12-31"),
            "applicant.birth_date",
            "/applicant/birth_date",
        ),
        (people.applicant(family_name="BACEHKO"), "name.alphabets", "/applicant/given_name"),
        (people.form(recertifies=follow("2026-03-03")), "recertifies.issued_on", FOLLOWED_ON),
        (people.form(recertifies=follow("1999-12-31")), "recertifies.issued_on", FOLLOWED_ON),
        (people.form(received_on="0025-11-20"), "day.bounds", "/received_on"),
        (people.form(received_on="2020-01-20"), "application.received_on", "/received_on"),
        (people.form(received_on="2026-03-03"), "application.received_on", "/received_on"),
        (
            people.form(centre={"number": "1", "name": "ЦОК «😀»"}),
            "text.unprintable",
            "/centre/name",
        ),
        (people.applicant(family_name="བོད"), "text.unprintable", "/applicant/family_name"),
        (people.applicant(address="\ue000"), "text.unprintable", "/applicant/address"),
        (
            people.applicant(given_name="А" + "\u0301" * 30),
            "text.unprintable",
            "/applicant/given_name",
        ),
        ([], "value.type", "/"),
    ],
)
async def test_bad_input_names_its_field_and_leaves_nothing(
    client: httpx.AsyncClient, database: Database, body: Any, rule: str, pointer: str
) -> None:
    answer = await client.post(PATH, json=body, headers={"Idempotency-Key": "bad-input"})
    assert_problem(answer, 422, rule, pointer)
    assert set((await people.count_rows(database)).values()) == {0}


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"applicant": "' + b"x" * 10_000_000 + b'"}', 413),
        (b"[" * 100_000, 400),
        (b'{"consent":' * 5_000 + b"1" + b"}" * 5_000, 400),
        (b'{"notify_by": "\\ud800"}', 422),
        (b'{"\\ud800": 1}', 422),
        (b'{"applicant": {"family_name": "\\udfff"}}', 422),
        (b'{"notify_by": ' + b"9" * 5_000 + b"}", 400),
        (b"\xff\xfe", 422),
        (b"{", 422),
    ],
)
async def test_bodies_that_are_no_request_are_problems_and_leave_nothing(
    client: httpx.AsyncClient, database: Database, content: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.post(PATH, content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert set((await people.count_rows(database)).values()) == {0}


async def test_what_was_pasted_is_taken_as_it_was_meant(client: httpx.AsyncClient) -> None:
    body = people.identity(series=" ٤٠ 12\u200b", number="№ 345 678", issued_on="\ufeff2020-01-20 ")
    body["applicant"] |= {
        "family_name": "\u00a0Мамин \u2013 Сибиряк\u200b",
        "email": " a@example.org ",
    }
    answer = await client.post(PATH, json=body)
    assert answer.status_code == 201, answer.text
    application = answer.json()
    assert application["applicant"]["family_name"] == "Мамин-Сибиряк"
    assert application["applicant"]["email"] == "a@example.org"
    document = application["identity_document"]
    assert (document["series"], document["number"]) == ("4012", "345678")


@pytest.mark.parametrize("number", ["№ 07.01000.00. 00000001.29", "07.01000.00.٠٠٠٠٠٠٠١.29\u200b"])
async def test_numbers_of_centre_and_earlier_certificate_are_taken_as_they_were_meant(
    client: httpx.AsyncClient, number: str
) -> None:
    followed = follow("2023-03-02", number=number)
    centre = {"number": "№ 78 . 041 ", "name": "Центр оценки"}
    answer = await client.post(PATH, json=people.form(recertifies=followed, centre=centre))
    assert answer.status_code == 201, answer.text
    application = answer.json()
    assert application["recertifies"]["number"] == "07.01000.00.00000001.29"
    assert application["centre"]["number"] == "78.041"


@pytest.mark.parametrize(
    "fields", ['"notify_by": "email", "notify_by": "post"', '"rules_read": false, "rules_read": 1']
)
async def test_a_member_that_stands_twice_refuses_the_body(
    client: httpx.AsyncClient, database: Database, fields: str
) -> None:
    content = "{" + fields + ", " + json.dumps(people.form())[1:]
    headers = {"Content-Type": "application/json"}
    answer = await client.post(PATH, content=content, headers=headers)
    assert_problem(answer, 422, "json.repeated_member", "/")
    assert set((await people.count_rows(database)).values()) == {0}


async def test_a_repeated_submission_is_the_same_application(
    client: httpx.AsyncClient, database: Database
) -> None:
    key = {"Idempotency-Key": "a-retry-of-mine"}
    answers = await asyncio.gather(
        *(client.post(PATH, json=people.form(), headers=key) for _ in range(5))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    response = await client.post(PATH, json=people.form(notify_by="phone"), headers=key)
    assert_problem(response, 422, "idempotency.key_reused", "#header/Idempotency-Key")
    row_counts = await people.count_rows(database)
    assert (row_counts["application"], row_counts["consent"], row_counts["history"]) == (1, 1, 1)


async def test_the_newest_version_is_applied_for_and_older_applications_keep_theirs(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock
) -> None:
    older = await people.submit_application(client)
    await consumer.handle_record(people.build_record(people.build_published_event(3), clock.now()))
    await consumer.handle_record(people.build_record(people.build_published_event(2), clock.now()))
    newer = await people.submit_application(client)
    versions = [
        (await client.get(f"{PATH}/{application_id}")).json()["qualification"]["version"]
        for application_id in (older, newer)
    ]
    assert versions == [1, 3]


async def test_lists_page_through_all_without_contacts(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_ids = []
    for _ in range(5):
        application_ids.append(await people.submit_application(client))
        clock.advance(minutes=1)
    await people.send_step(client, application_ids[2], "withdraw")
    listed_ids: list[str] = []
    cursor: str | None = None
    while cursor is not None or not listed_ids:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await client.get(PATH, params=query)).json()
        listed_ids += [item["id"] for item in page["items"]]
        cursor = page["next"]
        assert not {"birth_date", "email", "phone"} & set(page["items"][0])
    assert listed_ids == application_ids
    withdrawn = (await client.get(PATH, params={"status": "withdrawn"})).json()["items"]
    assert [item["id"] for item in withdrawn] == [application_ids[2]]
    query = {"qualification_id": str(uuid4())}
    assert (await client.get(PATH, params=query)).json()["items"] == []


@pytest.mark.parametrize("cursor", ["x", "WyJ4Il0", "WzFd", "%00", "WyIxMjM0NTY3OC0xMjM0Il0"])
async def test_foreign_cursors_are_problems(client: httpx.AsyncClient, cursor: str) -> None:
    answer = await client.get(PATH, params={"cursor": cursor})
    assert_problem(answer, 422, "paging.cursor", "#query/cursor")


async def test_unknown_applications_are_not_found(client: httpx.AsyncClient) -> None:
    for path in ("", "/check", "/history"):
        answer = await client.get(f"{PATH}/{uuid4()}{path}")
        assert_problem(answer, 404, "application.unknown")
    assert_problem(
        await client.get(PATH, params={"status": "lost"}), 422, "value.choice", "#query/status"
    )
