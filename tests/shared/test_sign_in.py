"""Signing in by the local issuer, over HTTP: the way there and back, and every way it can fail."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest

from shared.pages.sign_in_attempts import COOKIE_PREFIX, MAX_ATTEMPTS
from shared.web.sessions import SESSION_COOKIE
from tests.serving import listening, serving
from tests.shared.sign_in_site import create_site
from tests.sign_in import (
    SAME_ORIGIN,
    Addresses,
    begin,
    browsing,
    choose,
    running_issuer,
    sign_in,
)

CASE = "/ru/cases/26-000118?tab=%D0%B2%D1%81%D0%B5"


@pytest.fixture(scope="module")
def addresses() -> Addresses:
    return Addresses.reserve()


class ShiftedClock:
    """The machine's clock, by which the issuer's tokens are, put forward by a test."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift


@pytest.fixture(scope="module")
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("issuer") / "secrets"


@pytest.fixture(scope="module")
def provider(secrets: Path, addresses: Addresses) -> Iterator[None]:
    with running_issuer(secrets, addresses):
        yield


@pytest.fixture(scope="module")
def site(clock: ShiftedClock, addresses: Addresses) -> Iterator[None]:
    with listening(create_site(clock, **addresses.settings), addresses.site_port):
        yield


@pytest.fixture
async def browser(
    site: None, provider: None, addresses: Addresses
) -> AsyncIterator[httpx.AsyncClient]:
    async with browsing(addresses) as browser:
        yield browser


def _query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


async def _read_failure(browser: httpx.AsyncClient, answer: httpx.Response) -> tuple[str, int, str]:
    """Which failure the answer leads to, the status of its page, and the page."""
    assert answer.status_code == 303, answer.text
    assert SESSION_COOKIE not in browser.cookies
    address = answer.headers["Location"]
    page = await browser.get(address)
    assert 'role="alert"' in page.text
    return _query(address)["failure"], page.status_code, page.text


async def test_somebody_signs_in_and_is_where_they_were_going(browser: httpx.AsyncClient) -> None:
    stranger_page = await browser.get(CASE)
    assert stranger_page.status_code == 401
    assert (
        f'href="/sign-in/start?language=ru&amp;next={quote(CASE, safe="/")}"' in stranger_page.text
    )
    page = await browser.get("/ru/sign-in", params={"next": CASE})
    assert page.status_code == 200
    assert "Вход для сотрудников" in page.text
    assert "откроется дело 26-000118" in page.text
    start_path = f"/sign-in/start?{urlencode({'language': 'ru', 'next': CASE})}"
    assert f'href="{start_path.replace("&", "&amp;")}"' in page.text

    answer = await browser.get(await choose(browser, await begin(browser, CASE), "centre"))
    assert answer.headers["Location"] == CASE
    cookies = answer.headers.get_list("Set-Cookie")
    session_cookie = next(cookie for cookie in cookies if cookie.startswith(SESSION_COOKIE))
    assert session_cookie.lower().endswith("; httponly; path=/; samesite=lax")
    assert [name for name in browser.cookies if name.startswith(COOKIE_PREFIX)] == []
    assert (await browser.get(CASE)).text == "26-000118: Ирина Котова, 78.041"
    assert "Ирина Котова" in (await browser.get("/ru/verify")).text
    again = await browser.get("/ru/sign-in", params={"next": CASE})
    assert "Вы уже вошли" in again.text
    assert "вести дела своего центра" in again.text


@pytest.mark.parametrize(
    ("role", "path"), [("council", "/ru/work"), ("applicant", "/ru"), ("registry", "/ru")]
)
async def test_who_was_going_nowhere_begins_where_they_can_do_something(
    browser: httpx.AsyncClient, role: str, path: str
) -> None:
    assert await sign_in(browser, role) == path
    if path == "/ru":
        refusal = await browser.get(CASE)
        assert refusal.status_code == 403
        assert ("Анна Белова" if role == "applicant" else "Олег Нестеров") in refusal.text


async def test_signing_out_ends_the_session_here_and_at_the_provider(
    browser: httpx.AsyncClient, addresses: Addresses
) -> None:
    await sign_in(browser, "centre")
    assert "Вы ещё не вышли" in (await browser.get("/ru/sign-out")).text
    foreign = await browser.post("/ru/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert SESSION_COOKIE in browser.cookies, "reading and other sites' forms end no session"
    answer = await browser.post("/ru/sign-out")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/ru/sign-out")
    assert SESSION_COOKIE not in browser.cookies
    page = await browser.get("/ru/sign-out")
    pause, _, provider_address = page.headers["Refresh"].partition("; url=")
    assert pause == "0"
    assert provider_address.startswith(addresses.issuer)
    back = await browser.get(provider_address)
    assert back.headers["Location"] == f"{addresses.site_url}/sign-in/ended"
    last = await browser.get((await browser.get("/sign-in/ended")).headers["Location"])
    assert "Refresh" not in last.headers
    assert "Вы вышли" in last.text
    assert (await browser.get(CASE)).status_code == 401


async def test_tabs_sign_in_at_once_without_disturbing_each_other(
    browser: httpx.AsyncClient,
) -> None:
    first, second = await begin(browser, "/ru/cases/26-000001"), await begin(browser, CASE)
    callbacks = [await choose(browser, first, "centre"), await choose(browser, second, "council")]
    locations = [(await browser.get(address)).headers["Location"] for address in callbacks]
    assert locations == ["/ru/cases/26-000001", CASE]


async def test_a_browser_keeps_few_attempts(browser: httpx.AsyncClient) -> None:
    for _ in range(3 * MAX_ATTEMPTS):
        latest = await begin(browser, "/ru/" + "x" * 550)
    attempts = {
        name: value for name, value in browser.cookies.items() if name.startswith(COOKIE_PREFIX)
    }
    assert 1 <= len(attempts) <= MAX_ATTEMPTS
    assert sum(len(name) + len(value) for name, value in attempts.items()) < 8000
    assert (await browser.get(await choose(browser, latest, "centre"))).headers["Location"]
    assert SESSION_COOKIE in browser.cookies


@pytest.mark.parametrize(
    "next_path",
    [
        *("https://evil.test/", "//evil.test", "/\\evil.test", "\\\\evil.test", "///evil.test"),
        *("/ru//evil.test/../..//\\evil.test", "javascript:alert(1)", "evil.test", "/ru\r\nX: y"),
        *("/ru/\x1b", "/ru/\u202e", "/%5cevil.test", "/%2f/evil.test", "/.//evil.test"),
        *("/v1/applications", "/de/work", "/sign-in/start", "/ru/sign-in?next=/ru", "/ru/sign-out"),
        *("/ru/theme", "/ru/" + "x" * 700, "/@evil.test", "//ru/evil.test", "/ru@evil.test"),
    ],
)
async def test_nobody_is_led_to_another_site(browser: httpx.AsyncClient, next_path: str) -> None:
    location = await sign_in(browser, "centre", next_path)
    assert location == "/ru/work"
    page = await browser.get("/ru/sign-in", params={"next": next_path})
    assert "evil" not in page.text.partition("<main")[2].partition("</main>")[0]


async def test_of_an_overlong_address_the_page_is_kept(browser: httpx.AsyncClient) -> None:
    next_path = "/ru/work?q=" + quote("я" * 300)
    assert await sign_in(browser, "centre", next_path) == "/ru/work"


async def test_the_answer_for_another_browser_lets_nobody_in(
    browser: httpx.AsyncClient, addresses: Addresses
) -> None:
    callback = await choose(browser, await begin(browser), "demo")
    async with browsing(addresses) as victim:
        failure = await _read_failure(victim, await victim.get(callback))
        assert failure[:2] == ("unknown", 400)
        await begin(victim, CASE)  # an attempt of their own does not help the attacker
        assert (await _read_failure(victim, await victim.get(callback)))[0] == "unknown"
        own_cookie = next(name for name in victim.cookies if name.startswith(COOKIE_PREFIX))
        state = _query(callback)["state"]
        victim.cookies.set(COOKIE_PREFIX + state, victim.cookies[own_cookie])
        assert (await _read_failure(victim, await victim.get(callback)))[0] == "unknown"
    assert (await browser.get(callback)).headers["Location"] == "/ru/work"


async def test_an_answer_is_taken_once(browser: httpx.AsyncClient) -> None:
    provider_address = await begin(browser, CASE)
    attempt = {
        name: value for name, value in browser.cookies.items() if name.startswith(COOKIE_PREFIX)
    }
    callback = await choose(browser, provider_address, "centre")
    assert (await browser.get(callback)).headers["Location"] == CASE
    second_answer = await browser.get((await browser.get(callback)).headers["Location"])
    assert second_answer.status_code == 200, "who is signed in goes on"
    assert "Продолжить" in second_answer.text
    browser.cookies.clear()
    for name, value in attempt.items():  # as if both had been sent at once
        browser.cookies.set(name, value)
    replay_failure = await _read_failure(browser, await browser.get(callback))
    assert replay_failure[:2] == ("used", 400)


async def test_a_code_of_another_attempt_is_refused(browser: httpx.AsyncClient) -> None:
    first, second = await begin(browser), await begin(browser)
    stolen_code = _query(await choose(browser, first, "demo"))["code"]
    answer = _query(await choose(browser, second, "applicant"))
    callback = f"/sign-in/callback?{urlencode({**answer, 'code': stolen_code})}"
    assert (await _read_failure(browser, await browser.get(callback)))[:2] == ("used", 400)


async def test_an_answer_of_another_issuer_is_refused(browser: httpx.AsyncClient) -> None:
    for issuer in ("https://evil.test", None):
        answer = _query(await choose(browser, await begin(browser), "demo"))
        forged_answer = {**answer, "iss": issuer}
        query = urlencode(
            {name: value for name, value in forged_answer.items() if value is not None}
        )
        answer_page = await browser.get(f"/sign-in/callback?{query}")
        assert (await _read_failure(browser, answer_page))[:2] == ("refused", 502)


@pytest.mark.parametrize(
    ("answer", "failure", "status"),
    [
        ({"error": "access_denied"}, "denied", 403),
        ({"error": "temporarily_unavailable"}, "unavailable", 503),
        ({"error": "invalid_scope"}, "refused", 502),
        ({"error": "<script>"}, "refused", 502),
        ({}, "refused", 502),
        ({"code": "x" * 5000}, "used", 400),
        ({"code": "made-up"}, "used", 400),
    ],
)
async def test_the_providers_errors_are_pages(
    browser: httpx.AsyncClient,
    addresses: Addresses,
    answer: dict[str, str],
    failure: str,
    status: int,
) -> None:
    state = _query(await begin(browser, CASE, "en"))["state"]
    query = urlencode({**answer, "state": state, "iss": addresses.issuer})
    failure_page = await _read_failure(browser, await browser.get(f"/sign-in/callback?{query}"))
    assert failure_page[:2] == (failure, status)
    assert "You are not signed in" in failure_page[2]
    assert quote(CASE, safe="") in failure_page[2], "the next attempt leads to the same page"
    assert "script>" not in failure_page[2].partition("<main")[2]


async def test_who_declines_is_told_so(browser: httpx.AsyncClient) -> None:
    answer = await browser.get(await choose(browser, await begin(browser), ""))
    assert (await _read_failure(browser, answer))[:2] == ("denied", 403)


@pytest.mark.parametrize("query", ["", "?state=", "?state=%00", "?code=x", f"?state={'x' * 9000}"])
async def test_an_answer_to_no_attempt_is_a_page(browser: httpx.AsyncClient, query: str) -> None:
    answer = await browser.get(f"/sign-in/callback{query}", headers={"Accept-Language": "en"})
    if "%00" in query:
        assert answer.status_code == 400
    else:
        assert answer.headers["Location"].startswith("/en/sign-in?failure=unknown")


async def test_who_comes_back_too_late_is_told_so(
    browser: httpx.AsyncClient, clock: ShiftedClock
) -> None:
    for seconds, failure in ((601, "expired"), (3601, "unknown")):
        callback = await choose(browser, await begin(browser, CASE), "centre")
        clock.shift += timedelta(seconds=seconds)
        assert (await _read_failure(browser, await browser.get(callback)))[:2] == (failure, 400)


@pytest.mark.parametrize("ticket", ["x", "", "gAAAAA", "{}"])
async def test_a_forged_attempt_is_none(browser: httpx.AsyncClient, ticket: str) -> None:
    callback = await choose(browser, await begin(browser), "demo")
    browser.cookies.clear()
    browser.cookies.set(COOKIE_PREFIX + _query(callback)["state"], ticket)
    assert (await _read_failure(browser, await browser.get(callback)))[0] == "unknown"


async def test_while_the_provider_is_away_signing_in_is_a_page_and_others_go_on(
    clock: ShiftedClock, secrets: Path
) -> None:
    addresses = Addresses.reserve()
    with listening(create_site(clock, **addresses.settings), addresses.site_port):
        async with browsing(addresses) as browser:
            answer = await browser.get("/sign-in/start", params={"language": "ru", "next": CASE})
            assert (await _read_failure(browser, answer))[:2] == ("unavailable", 503)
            assert (await browser.get("/ru/verify")).status_code == 200
            assert (await browser.get("/ru/sign-in")).status_code == 200
            assert "Вы вышли" in (await browser.get("/ru/sign-out")).text


async def test_the_provider_may_go_between_the_way_there_and_back(
    clock: ShiftedClock, secrets: Path
) -> None:
    addresses = Addresses.reserve()
    with listening(create_site(clock, **addresses.settings), addresses.site_port):
        async with browsing(addresses) as browser:
            with running_issuer(secrets, addresses):
                callback = await choose(browser, await begin(browser, CASE), "centre")
            failure_page = await _read_failure(browser, await browser.get(callback))
            assert failure_page[:2] == ("unavailable", 503)
            with running_issuer(secrets, addresses):
                assert await sign_in(browser, "centre", CASE) == CASE


async def test_over_https_cookies_are_for_this_host_alone(
    provider: None, clock: ShiftedClock, addresses: Addresses
) -> None:
    settings = {**addresses.settings, "site_url": "https://attesta.test"}
    async with serving(create_site(clock, **settings), headers={}) as browser:
        answer = await browser.get("/sign-in/start")
        cookies = answer.headers.get_list("Set-Cookie")
        cookie = next(text for text in cookies if COOKIE_PREFIX in text)
        assert cookie.startswith(f"__Host-{COOKIE_PREFIX}")
        assert cookie.lower().endswith("; httponly; max-age=3600; path=/; samesite=lax; secure")
        redirect_uri = _query(answer.headers["Location"])["redirect_uri"]
        assert redirect_uri == "https://attesta.test/sign-in/callback"


async def test_forms_of_other_sites_sign_nobody_out(browser: httpx.AsyncClient) -> None:
    await sign_in(browser, "centre")
    for headers in ({"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "same-site"}):
        answer = await browser.post("/ru/sign-out", headers={**SAME_ORIGIN, **headers})
        assert answer.status_code == 403
    assert SESSION_COOKIE in browser.cookies


async def test_a_session_ends_with_its_token_and_the_pages_say_so(
    browser: httpx.AsyncClient, clock: ShiftedClock
) -> None:
    await sign_in(browser, "centre")
    clock.shift += (night := timedelta(hours=9))
    try:
        page = await browser.get(CASE)
        assert page.status_code == 401
        assert "Сеанс закончился" in page.text
        page = await browser.get("/ru/sign-in", params={"next": CASE})
        assert "Сеанс закончился" in page.text
        assert "откроется дело 26-000118" in page.text
        assert "Котова" not in page.text, "an ended session opens and shows nothing"
        assert "None" in (await browser.get("/ru/verify")).text
    finally:
        clock.shift -= night
