"""The catalogue's pages over HTTP: what they say, in both languages, to everybody."""

import html
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
    assert answer.headers["location"] == f"/{language}"


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
    assert LANGUAGES[language]("found.none.text", text="сварщик") in empty_page
    assert fourth["id"] not in await _page(client, f"{address}?on=2020-01-01")


async def test_a_list_has_pages_with_counts_that_lead_back_and_forth(
    client: httpx.AsyncClient,
) -> None:
    for number in range(27):
        await publish(client, await draft(client, name=f"Квалификация {number:02}"))
    first = await _page(client, "/ru/qualifications?text=квалификация")
    assert "Найдено 27" in first
    assert "1–25 из 27" in first
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = await _page(client, "/ru/qualifications" + html.unescape(following))
    assert "26–27 из 27" in second
    names = re.findall(r"Квалификация \d\d", first) + re.findall(r"Квалификация \d\d", second)
    assert names == [f"Квалификация {number:02}" for number in range(27)]
    (previous,) = re.findall(r'rel="prev" href="([^"]+)"', second)
    assert await _page(client, "/ru/qualifications" + html.unescape(previous)) == first
    far = await _page(client, "/ru/qualifications?text=квалификация&page=99")
    assert "26–27 из 27" in far, "a page that is no more is the last one"


async def test_filters_are_told_in_words_and_taken_away_one_by_one(
    client: httpx.AsyncClient,
) -> None:
    qualification = await publish(client, await draft(client))
    query = "text=оператор&level=3&area=07&standard=07.010&council=Совет&on=2026-03-02"
    page = await _page(client, f"/ru/qualifications?{query}")
    assert qualification["id"] in page
    chips = re.findall(
        r'<li><a href="(\?[^"]*)"><span class="aside">[^<]*</span><span>([^<]+)<', page
    )
    assert [label for _, label in chips] == [
        "Уровень 3",
        "07 Административно-управленческая и офисная деятельность",
        "профстандарт 07.010",
        "Совет",
        "действует 2 марта 2026 г.",
    ]
    for href, _ in chips:
        shorter = await _page(client, "/ru/qualifications" + html.unescape(href))
        assert len(re.findall(r'<li><a href="\?', shorter)) == len(chips) - 1
    english = await _page(client, f"/en/qualifications?{query}")
    assert "07 Administration, management and office work" in english


async def test_a_day_of_the_form_becomes_a_day_of_the_address(client: httpx.AsyncClient) -> None:
    qualification = await publish(client, await draft(client))
    day = {"on-day": "2", "on-month": "3", "on-year": "2026"}
    blank_fields = {"text": "", "level": "3", "area": "", "standard": "", "council": ""}
    answer = await client.get("/ru/qualifications", params={**blank_fields, **day})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/ru/qualifications?level=3&on=2026-03-02"
    path = f"/ru/qualifications/{qualification['id']}"
    answer = await client.get(path, params=day)
    assert answer.headers["location"] == f"{path}?on=2026-03-02"
    answer = await client.get(path, params=dict.fromkeys(day, ""))
    assert answer.headers["location"] == path


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
        "163н от 19 марта 2018 г.",
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
    for words in (
        "3 года",
        "5 лет",
        "по существу",
        "редакционное",
        "<del>Приём</del><ins>Учёт</ins>",
    ):
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


FAULTS = {
    "level=99": ("level", "от 1 до 9", "from 1 to 9"),
    "level=x": ("level", "от 1 до 9", "from 1 to 9"),
    "area=7": ("area", "две цифры", "two digits"),
    "standard=07010": ("standard", "например 07.010", "for example 07.010"),
    "on=31.02.2026": ("on", "нет в календаре", "no such day"),
    "on-day=31&on-month=2&on-year=2026": ("on", "нет в календаре", "no such day"),
    f"text={'a' * 201}": ("text", "Слишком длинный", "too long"),
    "cursor=junk": ("", "начните с первой", "start with the first"),
    "page=0": ("", "начните с первой", "start with the first"),
}


@pytest.mark.parametrize("query", FAULTS)
async def test_a_fault_of_the_search_stands_at_its_field(
    client: httpx.AsyncClient, query: str
) -> None:
    field, *messages = FAULTS[query]
    for language, message in zip(("ru", "en"), messages, strict=True):
        page = await _page(client, f"/{language}/qualifications?{query}&council=Совет", 422)
        assert message in page
        assert 'role="alert"' in page
        assert f'href="#{field}"' in page or not field
        assert 'aria-invalid="true"' in page or not field
        assert "<details open>" in page, "the faulty field is in sight"


async def test_a_fault_in_the_day_of_a_version_stands_at_its_field(
    client: httpx.AsyncClient,
) -> None:
    qualification = await publish(client, await draft(client))
    page = await _page(client, f"/ru/qualifications/{qualification['id']}?on=31.02.2026", 422)
    assert "Такого дня нет в календаре" in page
    assert "Приём обращений" in page, "the qualification is shown all the same"
    earlier = await _page(client, f"/ru/qualifications/{qualification['id']}?on=2020-01-01")
    assert "1 января 2020 г. ни одна версия не действовала" in earlier


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize(
    "address",
    [
        "/qualifications/17",
        "/qualifications/11111111-1111-4111-8111-111111111111",
        "/qualifications/11111111-1111-4111-8111-111111111111/versions/x",
        "/nothing/here",
    ],
)
async def test_a_wrong_address_is_a_page_too(
    client: httpx.AsyncClient, language: str, address: str
) -> None:
    page = await _page(client, f"/{language}{address}", 404)
    assert f'href="/{language}/qualifications"' in page


async def test_a_wrong_address_of_the_api_stays_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/nothing")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_form_has_each_function_beside_its_code(client: httpx.AsyncClient) -> None:
    functions = [
        {"code": "A/01.3", "name": "Приём обращений"},
        {"code": "A/02.3", "name": "Учёт обращений"},
    ]
    completion = {"column": "validity_term", "reason": "Решение № 3"}
    await publish(
        client,
        await draft(
            client,
            labour_functions=functions,
            completed_by_publisher=[completion],
            classifiers=[{"classifier": "okved", "code": "82.20"}],
        ),
    )
    for language in ("ru", "en"):
        page = await _page(client, f"/{language}/form")
        assert page.count('<th scope="col">') == 11
        assert page.count('<td rowspan="2">') == 9
        for function in functions:
            assert f'"function-code">{function["code"]}</td><td>{function["name"]}</td>' in page
        assert "Дополнено издателем: строка 1, «Срок действия»: Решение № 3" in page
        assert "Карточка: строка 1, «Классификаторы»: ОКВЭД 82.20" in page


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_without_a_form_the_page_says_why(client: httpx.AsyncClient, language: str) -> None:
    t = LANGUAGES[language]
    empty = await _page(client, f"/{language}/form?level=9", 422)
    assert t("form.obstacle.none") in html.unescape(empty)
    await publish(client, await draft(client))
    await publish(client, await draft(client, council="Второй совет"))
    several = await _page(client, f"/{language}/form", 422)
    assert t("form.obstacle.councils") in html.unescape(several)
    assert f'href="/{language}/qualifications"' in several


async def test_the_style_is_kept_for_good_under_a_name_of_its_content(
    client: httpx.AsyncClient,
) -> None:
    page = await _page(client, "/ru/qualifications")
    (name,) = re.findall(r'href="(/static/catalog/attesta\.[0-9a-f]{12}\.css)"', page)
    style = await client.get(name)
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in style.headers["cache-control"]
