"""The catalogue's pages over HTTP: what they say, in both languages, to everybody."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

import services.catalog
from shared.locale.catalogues import read_languages
from tests.catalog.council_table.council_tables import reviewed
from tests.catalog.qualifications import draft, get_body, path, publish, revise
from tests.clock import ManualClock

LANGUAGES = read_languages(Path(services.catalog.__file__).parent)


async def _page(client: httpx.AsyncClient, address: str, status: int = 200) -> str:
    answer = await client.get(address)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert '<script src="/static/catalog/' in answer.text
    assert f'<html lang="{address[1:3]}">' in answer.text
    return re.sub(r"\s+", " ", answer.text)


async def _fourth(client: httpx.AsyncClient) -> dict[str, Any]:
    """The fourth of the five: nested alternatives, two kinds of experience."""
    return await publish(
        client, get_body(await client.post("/v1/qualifications", json=reviewed()[3]), 201)
    )


@pytest.mark.parametrize(
    ("months", "genitive"), [(1, "1 месяца"), (11, "11 месяцев"), (21, "21 месяца")]
)
def test_at_least_asks_for_the_genitive(months: int, genitive: str) -> None:
    assert LANGUAGES["ru"].plural("rule.experience", months) == f"опыт не менее {genitive}"


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "ru"), ("en-GB,en;q=0.9", "en"), ("ru-RU,ru;q=0.9,en;q=0.8", "ru"), ("de", "ru")],
)
async def test_the_browsers_language_is_taken(
    client: httpx.AsyncClient, header: str, language: str
) -> None:
    answer = await client.get("/", headers={"Accept-Language": header})
    assert answer.headers["location"] == f"/{language}/qualifications"


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_the_list_finds_and_says_when_there_is_nothing(
    client: httpx.AsyncClient, language: str
) -> None:
    fourth = await _fourth(client)
    address = f"/{language}/qualifications"
    assert fourth["id"] in await _page(client, address)
    await _page(client, f"{address}/{fourth['id']}?on=")
    blank = f"{address}?text=&level=&area=&standard=&council=&on="
    assert fourth["id"] in await _page(client, blank), "what a browser sends for an empty form"
    assert fourth["id"] in await _page(client, f"{address}?text=обслуживания&level=5&area=07")
    empty_page = await _page(client, f"{address}?text=сварщик")
    assert LANGUAGES[language]("found.none.help") in empty_page
    assert fourth["id"] not in await _page(client, f"{address}?on=2020-01-01")


async def test_a_list_goes_on_on_the_next_page(client: httpx.AsyncClient) -> None:
    for number in range(27):
        await publish(client, await draft(client, name=f"Квалификация {number:02}"))
    first = await _page(client, "/ru/qualifications?text=квалификация")
    (following,) = re.findall(r'class="next" href="([^"]+)"', first)
    second = await _page(client, "/ru/qualifications" + following.replace("&amp;", "&"))
    names = re.findall(r"Квалификация \d\d", first) + re.findall(r"Квалификация \d\d", second)
    assert names == [f"Квалификация {number:02}" for number in range(27)]


async def test_one_qualification_says_what_is_needed_and_what_the_alternatives_are(
    client: httpx.AsyncClient,
) -> None:
    fourth = await _fourth(client)
    russian = await _page(client, f"/ru/qualifications/{fourth['id']}")
    for words in (
        "Нужно всё",
        "Достаточно одного",
        "опыт не менее 6 месяцев",
        "опыт не менее 12 месяцев",
        "время по этим видам работ складывается",
        "3 года",
        "№ 163н от 19 марта 2018 г.",
        "ещё не присвоен",
        "с 2 марта 2026 г.",
        "Агентство, протокол № 5 от 1 марта 2026 г.",
        "подлежит подтверждению советом",
    ):
        assert words in russian, words
    assert russian.count('class="joint">или<') == 1
    english = await _page(client, f"/en/qualifications/{fourth['id']}")
    for words in ("All of these", "experience of at least 12 months", "3 years", "2 March 2026"):
        assert words in english, words
    assert f'<span lang="ru">{fourth["name"]}</span>' in english
    assert f'href="/ru/qualifications/{fourth["id"]}"' in english, "the switch keeps the place"


async def test_versions_and_their_differences_are_said_in_words(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    first = await publish(client, await draft(client))
    functions = [{"code": "A/01.3", "name": "Учёт обращений"}]
    second = get_body(
        await revise(client, first, validity_term="P5Y", labour_functions=functions), 201
    )
    await publish(client, second, "2026-04-01")
    address = f"/ru/qualifications/{first['id']}"
    page = await _page(client, address)
    assert "с 2 марта 2026 г. по 31 марта 2026 г." in page
    assert "Вступит в силу" in page
    assert "не та версия" not in page
    assert "не та версия" in await _page(client, f"{address}/versions/2")
    differences_page = await _page(client, f"{address}/versions/2/differences")
    for words in ("3 года", "5 лет", "по существу", "редакционное", "Приём обращений", "Учёт"):
        assert words in differences_page, words
    equal_page = await _page(client, f"{address}/versions/1/differences")
    assert "Отличий нет" in equal_page
    clock.advance(days=30)
    assert "Версия 2" in await _page(client, address)
    assert "Версия 1" in await _page(client, f"{address}?on=2026-03-31")


async def test_drafts_are_not_shown(client: httpx.AsyncClient) -> None:
    hidden = await draft(client, name="Черновик")
    assert "Черновик" not in await _page(client, "/ru/qualifications")
    await _page(client, f"/ru/qualifications/{hidden['id']}", 404)
    first = await publish(client, hidden)
    second = get_body(await revise(client, first, name="Черновик", level=4), 201)
    await _page(client, f"/ru/qualifications/{first['id']}/versions/2", 404)
    assert get_body(await client.get(path(second)))["status"] == "draft"


async def test_what_a_council_writes_is_text_and_never_markup(client: httpx.AsyncClient) -> None:
    hostile = "<script>alert(1)</script>\"'><img src=x>"
    first = await publish(
        client,
        await draft(
            client,
            name=hostile,
            council=hostile,
            additional_characteristics=hostile,
            activity_type=hostile,
            job_titles=[{"title": hostile, "reference_book": "other"}],
        ),
    )
    for address in ("", f"/{first['id']}"):
        page = await _page(client, f"/en/qualifications{address}")
        assert "<img" not in page
        assert "&lt;script&gt;" in page
    await _page(client, f"/en/qualifications?text={hostile}")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/ru/qualifications?level=99", 422),
        ("/en/qualifications?cursor=x", 422),
        ("/ru/qualifications/17", 422),
        ("/ru/qualifications/11111111-1111-4111-8111-111111111111", 404),
        ("/en/nothing/here", 404),
        ("/ru/form?level=9", 404),
    ],
)
async def test_a_wrong_address_is_a_page_too(
    client: httpx.AsyncClient, address: str, status: int
) -> None:
    page = await _page(client, address, status)
    assert f'href="/{address[1:3]}/qualifications"' in page


async def test_a_wrong_address_of_the_api_stays_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/nothing")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_form_is_printed_with_its_eleven_columns(client: httpx.AsyncClient) -> None:
    await _fourth(client)
    page = await _page(client, "/ru/form")
    assert page.count('<th scope="col">') == 11
    assert "D/05.5" in page
    assert "Дополнено издателем: строка 1, графа validity_term" in page


async def test_the_style_is_kept_for_good_under_a_name_of_its_content(
    client: httpx.AsyncClient,
) -> None:
    page = await _page(client, "/ru/qualifications")
    (name,) = re.findall(r'href="(/static/attesta\.[0-9a-f]{12}\.css)"', page)
    style = await client.get(name)
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in style.headers["cache-control"]
