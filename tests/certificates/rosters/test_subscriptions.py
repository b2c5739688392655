"""Subscriptions and enrolments over HTTP: whose they are, their bounds, what is said in vain."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import NUMBER, QUESTION, rows, settings_with
from tests.certificates.rosters.portal import (
    SUBSCRIPTIONS,
    WISH,
    enrol,
    portal,
    subscribe,
)
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving

OTHER = portal("5009876543")
UNKNOWN_JOB = "4b1c8d6e-2f0a-4f5b-9c3d-7a6e5f4d3c2b"
ROUTES = [
    ("GET", "", None),
    ("PATCH", "", {"name": "x"}),
    ("DELETE", "", None),
    ("POST", "/enrolments", QUESTION),
    ("DELETE", "/enrolments?number=07.01000.00.00000001.29&issued_on=2026-03-02", None),
    ("POST", "/enrolment-jobs", QUESTION),
    ("POST", "/unenrolment-jobs", QUESTION),
    ("GET", f"/jobs/{UNKNOWN_JOB}", None),
    ("GET", f"/jobs/{UNKNOWN_JOB}/answers", None),
    ("GET", "/events", None),
    ("GET", "/events?wait=5", None),
    ("GET", "/roster.ndjson", None),
    ("GET", "/digests", None),
    ("GET", "/digests/2026-03-01", None),
]


@pytest.mark.usefixtures("issued_certificate")
@pytest.mark.parametrize(("method", "below", "body"), ROUTES)
async def test_a_roster_is_its_employers_alone(
    client: httpx.AsyncClient, method: str, below: str, body: Any
) -> None:
    path = await subscribe(client)
    form = {"Content-Type": "application/x-ndjson"} if below.endswith("-jobs") else {}
    for address in (path, f"{SUBSCRIPTIONS}/{uuid4()}"):
        answer = await client.request(method, f"{address}{below}", json=body, headers=OTHER | form)
        assert_problem(answer, 404, "subscription.unknown")
    without_claim = tokens.bearer(Scope.WATCH)
    answer = await client.request(method, f"{path}{below}", json=body, headers=without_claim | form)
    assert_problem(answer, 403, "auth.employer")
    without_scope = tokens.bearer(Scope.VERIFY, employer=tokens.EMPLOYER)
    answer = await client.request(method, f"{path}{below}", json=body, headers=without_scope | form)
    assert_problem(answer, 403, "auth.scope")
    assert (await client.get(path, headers=portal())).json()["state"] == "open"


async def test_each_employer_lists_its_own_the_newest_first(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    first = await subscribe(client)
    clock.advance(seconds=1)
    second = await subscribe(client, name="Склад")
    await subscribe(client, headers=OTHER)
    page = (await client.get(SUBSCRIPTIONS, params={"limit": 1}, headers=portal())).json()
    assert [item["id"] for item in page["items"]] == [second.rpartition("/")[2]]
    rest = (
        await client.get(
            SUBSCRIPTIONS, params={"limit": 1, "cursor": page["next"]}, headers=portal()
        )
    ).json()
    assert [item["id"] for item in rest["items"]] == [first.rpartition("/")[2]]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("change", "rule", "pointer"),
    [
        ({"until": "2026-03-01"}, "subscription.until", "/until"),
        ({"until": "2029-03-03"}, "subscription.until", "/until"),
        ({"purpose": "x"}, "text.too_short", "/purpose"),
        ({"basis": "\x00\x00\x00"}, "text.nul", "/basis"),
        ({"name": "a\x07b"}, "text.control", "/name"),
        ({"employer": "5009876543"}, "value.unknown", "/employer"),
        ({"until": "soon"}, "day.form", "/until"),
    ],
)
async def test_a_wish_that_cannot_be_names_its_field(
    client: httpx.AsyncClient, change: dict[str, Any], rule: str, pointer: str
) -> None:
    answer = await client.post(SUBSCRIPTIONS, json=WISH | change, headers=portal())
    assert_problem(answer, 422, rule, pointer)


async def test_fifty_are_enough_even_when_they_come_at_once(
    settings: CertificatesSettings, clock: ManualClock, database: Database
) -> None:
    narrow = settings.model_copy(update={"roster_subscriptions": 2})
    async with serving(create(narrow, clock)) as client:
        answers = await asyncio.gather(
            *(client.post(SUBSCRIPTIONS, json=WISH, headers=portal()) for _ in range(6))
        )
        assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409, 409]
        await subscribe(client, headers=OTHER)
        (open_one, *_) = [answer for answer in answers if answer.status_code == 201]
        await client.delete(open_one.headers["location"], headers=portal())
        await subscribe(client)


async def test_the_same_key_is_the_same_subscription(
    client: httpx.AsyncClient, database: Database
) -> None:
    headers = {**portal(), "Idempotency-Key": "roster-2026-03"}
    answers = [await client.post(SUBSCRIPTIONS, json=WISH, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    reused = await client.post(SUBSCRIPTIONS, json=WISH | {"name": "Other"}, headers=headers)
    assert_problem(reused, 422, "idempotency.key_reused")
    others_key = {**OTHER, "Idempotency-Key": "roster-2026-03"}
    other = await client.post(SUBSCRIPTIONS, json=WISH, headers=others_key)
    assert other.json()["id"] != answers[0].json()["id"]


async def test_a_change_is_decided_on_what_was_seen(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    path = await subscribe(client)
    seen = await client.get(path, headers=portal())
    changed = await client.patch(
        path, json={"name": "Склад"}, headers={**portal(), "If-Match": seen.headers["etag"]}
    )
    assert (changed.status_code, changed.json()["name"]) == (200, "Склад")
    assert changed.json()["purpose"] == WISH["purpose"]
    stale = await client.patch(
        path, json={"name": "x"}, headers={**portal(), "If-Match": seen.headers["etag"]}
    )
    assert_problem(stale, 412, "resource.changed")
    unchanged = await client.get(
        path, headers={**portal(), "If-None-Match": changed.headers["etag"]}
    )
    assert unchanged.status_code == 304
    too_far = await client.patch(path, json={"until": "2031-01-01"}, headers=portal())
    assert_problem(too_far, 422, "subscription.until", "/until")
    for _ in range(2):
        assert (await client.delete(path, headers=portal())).status_code == 204
    ended = await client.patch(path, json={"name": "x"}, headers=portal())
    assert_problem(ended, 409, "subscription.ended")
    assert (await client.get(path, headers=portal())).json()["state"] == "ended"


@pytest.mark.usefixtures("issued_certificate")
async def test_enrolling_in_vain_says_no_more_than_verification(
    settings: CertificatesSettings, clock: ManualClock
) -> None:
    narrow = settings_with(settings, client_unknown_rate="3/hour")
    async with serving(create(narrow, clock)) as client:
        path = await subscribe(client)
        wrong_date = {"number": NUMBER, "issued_on": "2026-03-01"}
        wrong_number = {"number": "07.01000.00.00000009.29", "issued_on": "2026-03-02"}
        answers = [
            await client.post(f"{path}/enrolments", json=question, headers=portal())
            for question in (wrong_date, wrong_number)
        ]
        for answer in answers:
            assert_problem(answer, 404, "enrolment.not_found")
        bodies = [answer.json() | {"instance": ""} for answer in answers]
        assert bodies[0] == bodies[1]
        unenrolled = await client.delete(
            f"{path}/enrolments", params=wrong_date | {"issued_on": "2026-03-04"}, headers=portal()
        )
        assert_problem(unenrolled, 404, "enrolment.not_found")
        guessing = await client.post(f"{path}/enrolments", json=QUESTION, headers=portal())
        assert_problem(guessing, 429, "limit.unknown")


@pytest.mark.usefixtures("issued_certificate")
async def test_an_ended_certificate_is_not_enrolled(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    clock.instant = clock.instant.fromisoformat("2029-03-03T09:00:00+00:00")
    path = await subscribe(client, until="2030-01-01")
    answer = await client.post(f"{path}/enrolments", json=QUESTION, headers=portal())
    problem = assert_problem(answer, 409, "enrolment.ended")
    assert problem["is"] == "expired"


@pytest.mark.usefixtures("issued_certificate")
async def test_enrolling_twice_and_at_once_is_one_enrolment(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await subscribe(client)
    await asyncio.gather(*(enrol(client, path, QUESTION) for _ in range(5)))
    subscription = (await client.get(path, headers=portal())).json()
    assert subscription["enrolled"] == 1
    assert len(await rows(database, "SELECT 1 FROM enrolment")) == 1
    for _ in range(2):
        await client.delete(f"{path}/enrolments", params=QUESTION, headers=portal())
    absent = await client.delete(f"{path}/enrolments", params=QUESTION, headers=portal())
    assert_problem(absent, 404, "enrolment.unknown")
    assert (await client.get(path, headers=portal())).json()["enrolled"] == 0
    await enrol(client, path, QUESTION)  # again, beside the record of the first time
    assert len(await rows(database, "SELECT 1 FROM enrolment")) == 2


@pytest.mark.usefixtures("three")
async def test_a_roster_has_its_bounds(settings: CertificatesSettings, clock: ManualClock) -> None:
    narrow = settings.model_copy(update={"roster_enrolments": 1})
    async with serving(create(narrow, clock)) as client:
        path = await subscribe(client)
        await enrol(client, path, QUESTION)
        await enrol(client, path, QUESTION)
        other = {"number": "07.01000.00.00000002.29", "issued_on": "2026-03-02"}
        full = await client.post(f"{path}/enrolments", json=other, headers=portal())
        assert_problem(full, 409, "roster.full")
        late = await client.post(
            f"{path}/enrolments", json=QUESTION | {"until": "2028-03-03"}, headers=portal()
        )
        assert_problem(late, 422, "enrolment.until", "/until")


@pytest.mark.usefixtures("issued_certificate")
async def test_a_repeated_enrolment_is_the_same_and_its_key_no_other(
    client: httpx.AsyncClient,
) -> None:
    path = await subscribe(client)
    headers = {**portal(), "Idempotency-Key": "enrolment-17"}

    async def send(**changes: str) -> httpx.Response:
        body = {**QUESTION, **changes}
        return await client.post(f"{path}/enrolments", json=body, headers=headers)

    answers = [await send() for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    other_day = await send(until="2027-01-01")
    assert_problem(other_day, 422, "idempotency.key_reused", "#header/Idempotency-Key")
