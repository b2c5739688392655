"""The frame of all pages, seen on the catalogue's: languages, theme, sections, addresses, files."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from shared.pages.navigation import STAFF_SCOPES, list_section_links
from shared.pages.preferences import MAX_ADDRESS_LENGTH, read_own_path
from shared.principal import Principal, Scope
from shared.web.sessions import SESSION_COOKIE
from tests import tokens
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import serving

SITE_URL = "https://attesta.test"
LIST = "/ru/qualifications"
HOST_COOKIE = f"__Host-{SESSION_COOKIE}"


def _settings(url: str) -> CatalogSettings:
    return CatalogSettings(database_url=SecretStr(url), site_url=SITE_URL, trial_site=True)


@pytest.fixture
async def visitor(databases: Databases, clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody who is not signed in."""
    async with (
        databases.fresh(_settings) as settings,
        serving(create(settings, clock), headers={}) as client,
    ):
        client.base_url = httpx.URL(SITE_URL)  # cookies of an https site are sent by https only
        yield client


async def _page(client: httpx.AsyncClient, address: str = LIST, **cookies: str) -> str:
    client.cookies.update(cookies)
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [
        (None, "en-GB,en;q=0.9", "en"),
        ("ru", "en-GB,en;q=0.9", "ru"),
        ("en", "ru", "en"),
        ("xx", "en", "en"),
        (None, "", "ru"),
    ],
)
async def test_the_language_is_the_cookies_then_the_browsers(
    visitor: httpx.AsyncClient, cookie: str | None, header: str, language: str
) -> None:
    if cookie:
        visitor.cookies.set("__Host-attesta_language", cookie)
    answer = await visitor.get("/", headers={"Accept-Language": header})
    assert answer.headers["location"].startswith(f"/{language}")
    assert {"Cookie", "Accept-Language"} <= set(answer.headers["vary"].split(", "))


async def test_the_language_of_the_last_page_is_remembered(visitor: httpx.AsyncClient) -> None:
    await _page(visitor, "/en/qualifications")
    answer = await visitor.get("/", headers={"Accept-Language": "ru"})
    assert answer.headers["location"].startswith("/en")
    again = await visitor.get("/en/qualifications")
    assert "set-cookie" not in again.headers, "it is remembered already"


async def test_a_theme_is_kept_and_leads_back(visitor: httpx.AsyncClient) -> None:
    assert "data-theme" not in await _page(visitor)
    answer = await visitor.post("/ru/theme", data={"theme": "dark", "next": f"{LIST}?level=3"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{LIST}?level=3")
    page = await _page(visitor)
    assert 'data-theme="dark"' in page
    assert 'value="dark" aria-pressed="true"' in page
    await visitor.post("/ru/theme", data={"theme": "<pink>", "next": "//evil.test/"})
    assert "data-theme" not in await _page(visitor)


@pytest.mark.parametrize(
    "address",
    ["//evil.test", "https://evil.test", "/\\evil.test", "/ru\nx", "javascript:alert(1)", "ru", ""],
)
async def test_a_theme_never_leads_to_another_site(
    visitor: httpx.AsyncClient, address: str
) -> None:
    answer = await visitor.post("/ru/theme", data={"theme": "dark", "next": address})
    assert answer.headers["location"] == "/ru"


@given(st.text() | st.from_regex(r"[/\\]{0,3}[a-z:.]{0,8}[/\\?#].*"))
def test_an_own_path_begins_with_one_slash_and_is_printable(text: str) -> None:
    path = read_own_path(text, "/home")
    assert re.fullmatch(r"/(?!/)[\x20-\x7e]*", path)
    assert "\\" not in path
    assert len(path) <= MAX_ADDRESS_LENGTH


async def test_search_engines_are_told_the_whole_addresses(visitor: httpx.AsyncClient) -> None:
    page = await _page(visitor)
    assert f'<link rel="canonical" href="{SITE_URL}{LIST}">' in page
    for language in ("ru", "en"):
        assert f'hreflang="{language}" href="{SITE_URL}/{language}/qualifications"' in page
    assert re.search(r'<meta name="description" content="[^"]{40,}">', page)
    assert 'name="robots"' not in page
    missing = await visitor.get("/ru/nowhere")
    assert 'name="robots" content="noindex' in missing.text


async def test_sections_are_those_that_a_person_may_enter(visitor: httpx.AsyncClient) -> None:
    stranger = await _page(visitor)
    assert 'href="/ru/verify"' in stranger
    assert 'href="/ru/work"' not in stranger
    assert 'href="/ru/sign-in?next=/ru/qualifications"' in stranger
    token = tokens.token(Scope.PROCESS, centre=tokens.CENTRE, name="И. Котова")
    clerk = await _page(visitor, **{HOST_COOKIE: token})
    assert 'href="/ru/work"' in clerk
    assert f"И. Котова, {tokens.CENTRE}" in clerk
    assert 'action="/ru/sign-out"' in clerk
    expired = tokens.token(Scope.PROCESS, centre=tokens.CENTRE, exp=1)
    assert 'href="/ru/work"' not in await _page(visitor, **{HOST_COOKIE: expired})


@pytest.mark.parametrize("scope", Scope)
def test_work_is_for_staff(scope: Scope) -> None:
    names = [
        link.name
        for link in list_section_links(Principal("somebody", frozenset({scope})), "/work/x")
    ]
    assert ("work" in names) == (scope in STAFF_SCOPES)


def test_a_page_below_a_section_is_in_it() -> None:
    links = list_section_links(None, "/qualifications/4711")
    assert [link.name for link in links if link.current] == ["qualifications"]
    assert not any(link.current for link in list_section_links(None, "/verifying"))


async def test_a_trial_site_says_so_on_every_page(visitor: httpx.AsyncClient) -> None:
    assert "Учебный стенд." in await _page(visitor)
    assert "Trial site." in await _page(visitor, "/en/qualifications")


async def test_files_are_kept_for_good_under_the_name_of_their_content(
    visitor: httpx.AsyncClient,
) -> None:
    page = await _page(visitor)
    addresses = re.findall(r'(?:href|src)="(/static/catalog/[^"]+)"', page)
    assert {address.rpartition(".")[2] for address in addresses} == {"css", "js", "svg"}
    for address in addresses:
        answer = await visitor.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert len(answer.content) > 100
    other_release = re.sub(r"\.[0-9a-f]{12}\.", ".000000000000.", addresses[0])
    answer = await visitor.get(other_release)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    assert (await visitor.get("/static/catalog/../../etc/passwd")).status_code == 404
    assert (await visitor.get("/static/catalog/site.py")).status_code == 404


async def test_robots_are_kept_from_a_whole_trial_site_and_from_work_on_a_real_one(
    visitor: httpx.AsyncClient, databases: Databases, clock: ManualClock
) -> None:
    assert (await visitor.get("/robots.txt")).text == "User-agent: *\nDisallow: /\n"
    async with databases.fresh(_settings) as settings:
        real_settings = settings.model_copy(update={"trial_site": False})
        async with serving(create(real_settings, clock), headers={}) as client:
            lines = (await client.get("/robots.txt")).text.splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /ru/work", "Disallow: /en/cases"} <= set(lines)
    closed_paths = [line.removeprefix("Disallow: ") for line in lines[1:]]
    for public_path in ("/ru", LIST, "/en/verify", "/ru/about"):
        assert not any(public_path.startswith(path) for path in closed_paths)
