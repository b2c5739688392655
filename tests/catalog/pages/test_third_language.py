"""A third language is a folder of files that a setting names: nothing else is changed for it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from tests.catalog.qualifications import draft, publish
from tests.clock import ManualClock
from tests.serving import serving

HEADER = r"""
msgid ""
msgstr ""
"Language: kk\n"
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"
"""
CATALOGUES = {
    "shared": """
msgid "shell.skip"
msgstr "Мазмұнға өту"

msgid "failure.title.404"
msgstr "Мұндай бет жоқ"

msgid "period.years"
msgid_plural "period.years"
msgstr[0] "{number} жыл"
msgstr[1] "{number} жыл"
""",
    "catalog": """
msgid "back"
msgstr "Тізімге"

msgid "level"
msgstr "{value}-деңгей"

msgid "state.in_force"
msgstr "Қолданыста"

msgid "days.since"
msgstr "{since} бастап"
""",
}


@pytest.fixture
async def kazakh_client(
    settings: CatalogSettings, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """A catalog whose environment names a folder with a few words of Kazakh."""
    folder = tmp_path / "kk" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    for domain, messages in CATALOGUES.items():
        (folder / f"{domain}.po").write_text(HEADER + messages, "utf-8")
    more_languages = settings.model_copy(update={"locale_folder": tmp_path})
    async with serving(create(more_languages, clock)) as client:
        yield client


async def test_a_page_says_what_is_translated_and_the_rest_in_the_first_language(
    kazakh_client: httpx.AsyncClient,
) -> None:
    qualification = await publish(kazakh_client, await draft(kazakh_client))
    answer = await kazakh_client.get(f"/kk/qualifications/{qualification['id']}")
    assert answer.status_code == 200
    page = re.sub(r"\s+", " ", answer.text)
    assert '<html lang="kk">' in page
    for words in ("Тізімге", "Мазмұнға өту", "3-деңгей", "Қолданыста", "3 жыл"):
        assert words in page, words
    assert "2026 ж. 2 наурыз бастап" in page, "CLDR's date, in Kazakh"
    assert "Что подтверждает" in page, "not translated yet"
    assert f'<span lang="ru">{qualification["name"]}</span>' in page


async def test_every_page_links_to_the_same_page_in_the_other_languages(
    kazakh_client: httpx.AsyncClient,
) -> None:
    names = {"ru": "Русский", "en": "English", "kk": "Қазақ тілі"}
    for language in names:
        page = (await kazakh_client.get(f"/{language}/qualifications?level=3")).text
        links = re.findall(r'class="language" href="([^"]+)" lang="(\w+)" .*?>([^<]+)</a>', page)
        assert links == [
            (f"/{code}/qualifications?level=3", code, name)
            for code, name in names.items()
            if code != language
        ]
        assert page.count('rel="alternate"') == 0, "a search is no page for search engines"
        home = (await kazakh_client.get(f"/{language}")).text
        assert home.count('rel="alternate"') == len(names) + 1, "and one for other languages"


async def test_a_browser_gets_it_by_its_header(kazakh_client: httpx.AsyncClient) -> None:
    for header, language in (("kk-KZ, ru;q=0.9", "kk"), ("kk;q=0.3, en;q=0.4", "en")):
        answer = await kazakh_client.get("/", headers={"Accept-Language": header})
        assert answer.headers["location"] == f"/{language}"


async def test_problems_are_pages_in_it_too(kazakh_client: httpx.AsyncClient) -> None:
    missing = await kazakh_client.get("/kk/nothing/here")
    assert missing.status_code == 404
    assert "Мұндай бет жоқ" in missing.text


async def test_what_has_no_folder_is_no_language(kazakh_client: httpx.AsyncClient) -> None:
    answer = await kazakh_client.get("/be/qualifications")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
