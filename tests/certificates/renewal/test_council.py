"""A council states capacities and moves windows: its own only, with care for what it saw."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from shared import councils
from shared.db import Database
from shared.events.certificates import RenewalCapacityChanged
from shared.principal import Scope
from shared.text import normalize_title
from tests import tokens
from tests.certificates.approvals import QUALIFICATION, rows
from tests.certificates.loads import load_certificates
from tests.certificates.renewal.cohorts import (
    ISSUED_ON,
    at_noon,
    count_by_day,
    declare,
    give_windows,
    read_slots,
    read_windows,
    working_days,
)
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving

END = date(2028, 9, 1)
TODAY = END - timedelta(days=210)
CAPACITY = f"/v1/qualifications/{QUALIFICATION.id}/renewal-capacity"
PULL = "/v1/renewal-windows/pull-forwards"
OWN = tokens.bearer(Scope.DECIDE, council=QUALIFICATION.council)
COHORT = {"qualification_id": str(QUALIFICATION.id), "ends_from": "2028-09-01"}
COHORT["ends_to"] = "2028-09-01"
ACT: dict[str, Any] = {
    **COHORT,
    "count": 40,
    "starts_on": "2028-03-06",
    "window_ends_on": "2028-03-10",
    "reason": "Центры закрываются на ремонт весной",
    "explanation_url": "https://council.example/windows",
}


@pytest.fixture
async def cohort(database: Database, settings: CertificatesSettings, clock: ManualClock) -> None:
    """Forty certificates that end on one day, with windows of four a day."""
    await load_certificates(database, [END] * 40, ISSUED_ON)
    await declare(database, 4)
    clock.instant = at_noon(TODAY)
    await give_windows(database, settings, clock)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", CAPACITY, None),
        ("PUT", CAPACITY, {"places_per_day": 5}),
        ("POST", PULL, ACT),
        ("POST", f"{PULL}/preview", COHORT),
    ],
)
async def test_only_its_own_council_reaches_a_qualification(
    client: httpx.AsyncClient, cohort: None, method: str, path: str, body: Any
) -> None:
    async def ask(headers: dict[str, str]) -> httpx.Response:
        return await client.request(method, path, json=body, headers=headers)

    assert_problem(await ask({"Authorization": ""}), 401, "auth.missing")
    others = [scope for scope in Scope if scope is not Scope.DECIDE]
    weak = tokens.bearer(*others, council=QUALIFICATION.council)
    assert_problem(await ask(weak), 403, "auth.scope")
    assert_problem(await ask(tokens.bearer(Scope.DECIDE)), 403, "auth.council")
    foreign = tokens.bearer(Scope.DECIDE, council="Другой совет")
    assert_problem(await ask(foreign), 404, "renewal.qualification_unknown")
    assert (await ask(OWN)).is_success


@pytest.mark.usefixtures("cohort")
async def test_a_council_under_its_new_name_is_the_council(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await client.post(PULL, json=ACT, headers=OWN)).is_success
    names = (QUALIFICATION.council, "Совет под новым именем")
    dated_names = tuple(councils.DatedName(name, date(2026, 1, 1), "реестр") for name in names)
    for name in names:
        council = councils.CouncilNames("998", dated_names)
        monkeypatch.setitem(councils._COUNCILS, normalize_title(name), council)
    renamed = tokens.bearer(Scope.DECIDE, council=names[1])
    assert (await client.get(CAPACITY, headers=renamed)).is_success
    acts = (await client.get(PULL, headers=renamed)).json()["items"]
    assert [act["reason"] for act in acts] == [ACT["reason"]]


async def test_a_qualification_without_certificates_is_like_anothers(
    client: httpx.AsyncClient, cohort: None
) -> None:
    path = f"/v1/qualifications/{uuid4()}/renewal-capacity"
    answer = await client.put(path, json={"places_per_day": 5}, headers=OWN)
    assert_problem(answer, 404, "renewal.qualification_unknown")


async def test_a_capacity_is_stated_on_what_was_seen(
    client: httpx.AsyncClient, cohort: None, database: Database, settings: CertificatesSettings
) -> None:
    before = await client.get(CAPACITY, headers=OWN)
    assert before.json()["places_per_day"] == before.json()["declared_places"] == 4
    own = {**OWN, "If-Match": before.headers["etag"]}
    after = await client.put(CAPACITY, json={"places_per_day": 2}, headers=own)
    assert (after.status_code, after.json()["places_per_day"]) == (200, 2)
    stale = await client.put(CAPACITY, json={"places_per_day": 9}, headers=own)
    assert_problem(stale, 412, "resource.changed")
    # The windows stay; that they are too many now is seen.
    assert set((await read_slots(database)).values()) == {4}
    assert {row.capacity for row in await rows(database, "SELECT capacity FROM renewal_slot")} == {
        2
    }
    metrics = (await client.get("/metrics")).text
    assert "attesta_renewal_windows_overbooked 20.0" in metrics
    cleared = await client.put(CAPACITY, json={"places_per_day": None}, headers=OWN)
    measured = cleared.json()["measured_places"]
    assert cleared.json()["places_per_day"] == measured == 1
    query = "SELECT payload FROM outbox WHERE topic = 'certificates.renewal_capacity' ORDER BY id"
    events = [
        RenewalCapacityChanged.model_validate_json(row.payload)
        for row in await rows(database, query)
    ]
    assert {event.council for event in events} == {QUALIFICATION.council}
    assert [(event.places_per_day, event.is_stated) for event in events] == [(2, True), (1, False)]


@pytest.mark.parametrize("places", [0, -1, 1_000_001, 1.5, "many"])
async def test_a_capacity_is_a_whole_number_of_places(
    client: httpx.AsyncClient, cohort: None, places: Any
) -> None:
    answer = await client.put(CAPACITY, json={"places_per_day": places}, headers=OWN)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/places_per_day"


async def test_a_cohort_is_moved_whole_and_its_places_with_it(
    client: httpx.AsyncClient, cohort: None, database: Database
) -> None:
    preview = await client.post(f"{PULL}/preview", json=COHORT, headers=OWN)
    assert preview.json() == {"count": 40}
    answer = await client.post(PULL, json=ACT, headers=OWN)
    assert answer.status_code == 201, answer.text
    windows = await read_windows(database)
    days = {(window.starts_on, window.ends_on) for window in windows}
    assert (len(windows), days) == (40, {(date(2028, 3, 6), date(2028, 3, 10))})
    week = working_days(date(2028, 3, 6), date(2028, 3, 10))
    assert await read_slots(database) == dict.fromkeys(week, 8)
    (act,) = (await client.get(PULL, headers=OWN)).json()["items"]
    assert act == answer.json()
    assert (act["certificate_count"], act["actor"], act["reason"]) == (40, "tester", ACT["reason"])
    foreign = tokens.bearer(Scope.DECIDE, council="Другой совет")
    assert (await client.get(PULL, headers=foreign)).json()["items"] == []
    assert_problem(await client.get(PULL, headers=tokens.bearer(Scope.DECIDE)), 403, "auth.council")
    operations = await client.get(PULL, headers=tokens.bearer(Scope.OPERATE))
    assert len(operations.json()["items"]) == 1


async def test_windows_that_were_not_given_yet_are_moved_too_and_stay(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    await load_certificates(database, [END] * 40, ISSUED_ON)
    clock.instant = at_noon(TODAY - timedelta(days=30))
    assert (await client.post(PULL, json=ACT, headers=OWN)).status_code == 201
    clock.instant = at_noon(TODAY)
    await give_windows(database, settings, clock)
    assert count_by_day(await read_windows(database)) == {date(2028, 3, 10): 40}


async def test_the_same_act_sent_again_under_its_key_is_one(
    client: httpx.AsyncClient, cohort: None, database: Database
) -> None:
    own = {**OWN, "Idempotency-Key": "spring-2028"}
    answers = await asyncio.gather(*(client.post(PULL, json=ACT, headers=own) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await rows(database, "SELECT id FROM renewal_pull_forward")) == 1
    assert sum((await read_slots(database)).values()) == 40


@pytest.mark.parametrize(
    ("change", "status", "rule", "pointer"),
    [
        ({"count": 41}, 409, "renewal.cohort_changed", None),
        ({"starts_on": "2028-01-01", "window_ends_on": "2028-03-10"}, 422, "renewal.past", None),
        ({"window_ends_on": "2028-03-01"}, 422, "renewal.window_days", None),
        ({"window_ends_on": "2029-03-01"}, 422, "renewal.window_late", None),
        ({"ends_to": "2028-08-01"}, 422, "renewal.cohort_days", None),
        ({"ends_to": "2038-08-01"}, 422, "renewal.cohort_days", None),
        ({"explanation_url": "http://council.example/"}, 422, "renewal.url", "/explanation_url"),
        ({"explanation_url": "https://a:b@council.example/"}, 422, "renewal.url", None),
        ({"explanation_url": "javascript:alert(1)"}, 422, "renewal.url", None),
        ({"explanation_url": "x" * 600}, 422, "text.too_long", None),
        ({"reason": "так"}, 422, "text.too_short", "/reason"),
        ({"reason": "за\u0000ноль" * 5}, 422, "text.nul", "/reason"),
        ({"starts_on": "0001-01-01", "ends_from": "9999-12-31"}, 422, "day.bounds", None),
        ({"more": 1}, 422, "value.unknown", "/more"),
    ],
)
async def test_a_wrong_act_is_refused_and_moves_nothing(
    client: httpx.AsyncClient,
    cohort: None,
    database: Database,
    change: dict[str, Any],
    status: int,
    rule: str,
    pointer: str | None,
) -> None:
    before = await read_windows(database)
    answer = await client.post(PULL, json={**ACT, **change}, headers=OWN)
    assert_problem(answer, status, rule, pointer)
    assert await read_windows(database) == before


async def test_an_act_has_its_limit(
    settings: CertificatesSettings, client: httpx.AsyncClient, cohort: None, clock: ManualClock
) -> None:
    small = settings.model_copy(update={"pull_forward_rows": 39})
    async with serving(create(small, clock)) as limited:
        answer = await limited.post(f"{PULL}/preview", json=COHORT, headers=OWN)
        assert_problem(answer, 422, "renewal.cohort_large", "/ends_to")
