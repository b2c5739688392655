"""Asking for verdicts: caches, limits, guessing, the short way."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from joserfc.jwk import ECKey

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from services.certificates.verification.answers import compute_standing_answer
from shared.db import Database
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import NUMBER, QUESTION, rows, settings_with
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving

pytestmark = pytest.mark.usefixtures("issued_certificate")
NAME = {"family_name": "Белова", "given_name": "Анна", "patronymic": "Сергеевна"}


async def test_a_cache_may_ask_whether_its_answer_holds(
    client: httpx.AsyncClient, database: Database
) -> None:
    first = await client.get("/v1/verification", params=QUESTION)
    assert first.headers["cache-control"] == "public, max-age=60, must-revalidate"
    cached_tag = {"If-None-Match": first.headers["etag"]}
    revalidation = await client.get("/v1/verification", params=QUESTION, headers=cached_tag)
    assert (revalidation.status_code, revalidation.content) == (304, b"")
    assert revalidation.headers["etag"] == first.headers["etag"]
    (row,) = await rows(database, "SELECT id FROM certificate")
    annulment = {"reason": "Выдано по ошибке совета", "basis": "Протокол 5"}
    assert (await client.post(f"/v1/certificates/{row.id}/annul", json=annulment)).is_success
    after = await client.get("/v1/verification", params=QUESTION, headers=cached_tag)
    assert (after.status_code, after.json()["verdict"]) == (200, "annulled")


async def test_a_certificate_with_changes_is_worked_out_once_a_day(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    extension = {
        "ends_from": "2029-03-01",
        "ends_to": "2029-03-31",
        "extended_by": "P5M",
        "reason": "Решение агентства",
        "basis": "Приказ 17",
        "count": 1,
    }
    assert (await client.post("/v1/extensions", json=extension)).is_success
    clock.advance(days=1)
    on = {"on": "2026-03-02"}
    for query in (QUESTION, QUESTION | on):
        first = (await client.get("/v1/verification", params=query)).json()
        hits = compute_standing_answer.cache_info().hits
        for asked in range(1, 4):
            clock.advance(seconds=1)
            answer = (await client.get("/v1/verification", params=query)).json()
            assert answer == first
            assert compute_standing_answer.cache_info().hits == hits + asked


@pytest.mark.parametrize(
    ("before_midnight", "cache_control"),
    [
        (timedelta(hours=1), "public, max-age=60, must-revalidate"),
        (timedelta(seconds=20), "public, max-age=20, must-revalidate"),
        (timedelta(milliseconds=300), "public, no-cache"),
    ],
)
async def test_no_answer_is_kept_into_the_day_on_which_it_changes(
    client: httpx.AsyncClient, clock: ManualClock, before_midnight: timedelta, cache_control: str
) -> None:
    clock.instant = datetime(2029, 3, 2, 21, 0, tzinfo=UTC) - before_midnight  # in Moscow
    answer = await client.get("/v1/verification", params=QUESTION)
    assert (answer.json()["valid"], answer.headers["cache-control"]) == (True, cache_control)
    clock.instant = datetime(2029, 3, 2, 21, 0, tzinfo=UTC)
    cached_tag = {"If-None-Match": answer.headers["etag"]}
    after = await client.get("/v1/verification", params=QUESTION, headers=cached_tag)
    assert (after.status_code, after.json()["verdict"]) == (200, "expired")


@pytest.mark.parametrize("headers", [{}, tokens.bearer(Scope.VERIFY)])
@pytest.mark.parametrize(
    "query",
    [
        f"number={NUMBER}&issued_on=2026-03-02",
        f"number={NUMBER}&issued_on=2026-03-03",
        f"number={NUMBER}&issued_on=2026-02-30",
        "number=1&issued_on=2026-03-02",
    ],
)
async def test_the_short_way_and_the_documented_one_say_the_same(
    settings: CertificatesSettings, clock: ManualClock, query: str, headers: dict[str, str]
) -> None:
    answers = []
    for query_text in (query, f"on=2026-03-02&{query}"):  # a plain question, and one that is not
        async with serving(create(settings, clock), headers) as client:
            await client.get("/v1/verification", params=QUESTION)  # its token is known now
            answers.append(await client.get(f"/v1/verification?{query_text}"))
    short, long = answers
    assert (short.status_code, short.headers.get("etag")) == (
        long.status_code,
        long.headers.get("etag"),
    )
    assert short.headers.get("cache-control") == long.headers.get("cache-control")
    assert (
        str(short.headers.get("ratelimit")).split(";t=")[0]
        == (str(long.headers.get("ratelimit")).split(";t=")[0])
    )
    remaining = [{**answer.json(), "instance": None} for answer in answers]
    assert remaining[0] == remaining[1]


async def test_a_token_that_expired_meanwhile_is_refused(
    settings: CertificatesSettings, clock: ManualClock
) -> None:
    expires = int(clock.now().timestamp()) + 60
    mortal = {"Authorization": f"Bearer {tokens.token(Scope.VERIFY, exp=expires)}"}
    async with serving(create(settings, clock), mortal) as client:
        for _ in range(2):
            assert (await client.get("/v1/verification", params=QUESTION)).status_code == 200
        clock.advance(seconds=60 + settings.auth_leeway_seconds)
        answer = await client.get("/v1/verification", params=QUESTION)
        assert_problem(answer, 401, "auth.token")


@pytest.mark.parametrize("storage", ["memory://", "async+memory://"])
async def test_an_address_has_a_budget_that_its_answers_tell(
    settings: CertificatesSettings, clock: ManualClock, storage: str
) -> None:
    narrow = settings_with(settings, public_rate="3/hour", limits_storage=storage)
    async with serving(create(narrow, clock), {}) as client:
        for remaining in (2, 1, 0):
            answer = await client.get("/v1/verification", params=QUESTION)
            assert answer.status_code == 200
            assert answer.headers["ratelimit-policy"] == '"questions";q=3;w=3600'
            assert answer.headers["ratelimit"].startswith(f'"questions";r={remaining};t=')
        for _ in range(2):
            refusal = await client.get("/v1/verification", params=QUESTION)
            assert_problem(refusal, 429, "limit.questions")
            assert 1 <= int(refusal.headers["retry-after"]) <= 7200
        page = await client.get("/ru/verify", params=QUESTION)
        assert page.status_code == 429
        assert "Проверка возобновится в" in page.text
        assert page.headers["retry-after"]
        token_answer = await client.get(
            "/v1/verification", params=QUESTION, headers=tokens.bearer(Scope.VERIFY)
        )
        assert token_answer.status_code == 200, "a token has a budget of its own"


@pytest.mark.parametrize("headers", [{}, tokens.bearer(Scope.VERIFY)])
@pytest.mark.parametrize("storage", ["memory://", "async+memory://"])
async def test_guessing_ends_though_questions_are_left(
    settings: CertificatesSettings, clock: ManualClock, headers: dict[str, str], storage: str
) -> None:
    narrow = settings_with(
        settings,
        public_unknown_rate="4/hour",
        client_unknown_rate="4/hour",
        limits_storage=storage,
    )
    async with serving(create(narrow, clock), headers) as client:
        for serial in range(4):
            assert (await client.get("/v1/verification", params=QUESTION)).json()["valid"]
            guess = {**QUESTION, "number": f"07.01000.00.{serial:08d}.30"}
            answer = await client.get("/v1/verification", params=guess)
            assert answer.json()["verdict"] == "not_found"
        refusal = await client.get("/v1/verification", params=QUESTION)
        assert_problem(refusal, 429, "limit.unknown")
        if headers:
            many = await client.post("/v1/verification/many", json=[QUESTION])
            assert_problem(many, 429, "limit.unknown")


@pytest.mark.parametrize("storage", ["memory://", "async+memory://"])
async def test_the_same_unknown_certificate_counts_once(
    settings: CertificatesSettings, clock: ManualClock, storage: str
) -> None:
    narrow = settings_with(settings, public_unknown_rate="2/hour", limits_storage=storage)
    guess = {**QUESTION, "number": "07.01000.00.00000009.30"}
    async with serving(create(narrow, clock), {}) as client:
        for on in ({}, {"on": "2026-03-02"}, {}):  # by the fast path, and by the documented one
            answer = await client.get("/v1/verification", params={**guess, **on})
            assert answer.json()["verdict"] == "not_found"
        other_date = {**guess, "issued_on": "2026-03-01"}
        answer = await client.get("/v1/verification", params=other_date)
        assert answer.json()["verdict"] == "not_found", "whoever guesses a date guesses, too"
        refusal = await client.get("/v1/verification", params=QUESTION)
        assert_problem(refusal, 429, "limit.unknown")


async def test_many_rows_are_not_sent_again_while_all_stand_as_before(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    path, body = "/v1/verification/many", [QUESTION] * 20
    first = await client.post(path, json=body)
    tag = {"If-None-Match": first.headers["etag"]}
    again = await client.post(path, json=body, headers=tag)
    assert_problem(again, 412, "verification.unchanged", "#header/If-None-Match")
    assert len(again.content) < len(first.content) / 5
    other_rows = await client.post(path, json=body[1:], headers=tag)
    assert other_rows.status_code == 200
    with_evidence = await client.post(path, json=body, params={"with_evidence": "true"})
    assert with_evidence.headers["etag"] != first.headers["etag"]
    clock.advance(days=1)
    assert (await client.post(path, json=body, headers=tag)).status_code == 200


async def test_many_rows_count_as_many_questions(
    settings: CertificatesSettings, clock: ManualClock
) -> None:
    narrow = settings_with(settings, client_rate="10/hour", client_unknown_rate="3/hour")
    async with serving(create(narrow, clock), tokens.bearer(Scope.VERIFY)) as client:
        first = await client.post("/v1/verification/many", json=[QUESTION] * 8)
        assert first.headers["ratelimit"].startswith('"questions";r=2;')
        assert_problem(
            await client.post("/v1/verification/many", json=[QUESTION] * 3), 429, "limit.questions"
        )
    async with serving(create(narrow, clock), tokens.bearer(Scope.VERIFY)) as client:
        guesses = [{**QUESTION, "number": f"07.01000.00.{n:08d}.30"} for n in range(5)]
        assert (await client.post("/v1/verification/many", json=guesses)).status_code == 200
        again = await client.post("/v1/verification/many", json=[QUESTION])
        assert_problem(again, 429, "limit.unknown")


@pytest.mark.parametrize("body", ["{}", "null", "[", "", '"x"'])
async def test_what_is_no_array_of_rows_is_a_problem(client: httpx.AsyncClient, body: str) -> None:
    answer = await client.post(
        "/v1/verification/many", content=body, headers={"Content-Type": "application/json"}
    )
    assert_problem(answer, 422, "value.type", "/")


async def test_a_token_that_is_not_valid_is_refused_though_none_is_needed(
    client: httpx.AsyncClient,
) -> None:
    stranger = ECKey.generate_key("P-256", {"kid": "strange"})
    headers = {"Authorization": f"Bearer {tokens.token(Scope.VERIFY, key=stranger)}"}
    answer = await client.get("/v1/verification", params=QUESTION, headers=headers)
    assert_problem(answer, 401, "auth.token")
