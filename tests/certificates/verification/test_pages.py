"""The public page: every verdict in both languages, refusals, faults, addresses on paper."""

import html
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from shared.messaging.consumer import Consumer
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import NUMBER, QUESTION, settings_with
from tests.certificates.verification.verdicts import (
    ANNULLED,
    EXTENDED,
    STATES,
    SUCCESSOR,
    SUPERSEDED,
    UNKNOWN,
    VALID,
    answer_address,
    issue_every_state,
)
from tests.clock import ManualClock
from tests.serving import serving
from tests.words import list_codes, list_foreign_sentences

LANGUAGES = ("ru", "en")
PRINTED_WORDS = {"свидетельство", "о", "квалификации"}
"""What a certificate prints, and the hint names, also in English."""


@pytest.fixture
async def every_state(
    settings: CertificatesSettings, consumer: Consumer, clock: ManualClock
) -> AsyncIterator[httpx.AsyncClient]:
    """A service with certificates in every state."""
    async with serving(create(settings.model_copy(update={"iso_measures": True}), clock)) as client:
        await issue_every_state(consumer, clock, client)
        yield client


def page_text(response: httpx.Response) -> str:
    """What a page says, without markup."""
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    main = re.search(r"<main.*</main>", response.text, re.DOTALL)
    assert main is not None
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main[0])).split())


def heading(response: httpx.Response) -> str:
    """The page's first heading."""
    match = re.search(r"<h1[^>]*>(.*?)</h1>", response.text, re.DOTALL)
    assert match is not None
    return plain(match[1])


def plain(text: str) -> str:
    """A text of a page with plain blanks."""
    return html.unescape(text).replace("\N{NO-BREAK SPACE}", " ")


async def test_every_state_is_told_by_word_family_day_and_ground(
    every_state: httpx.AsyncClient,
) -> None:
    for name, state in STATES.items():
        for language, words in zip(LANGUAGES, (state.russian, state.english), strict=True):
            page = await every_state.get(f"/{language}{state.address}")
            assert page.status_code == 200
            assert heading(page) == words, (name, language)
            assert f'class="verdict-sheet {state.family}"' in page.text, name
            assert "Белов" not in page.text, "nothing about the person"
            assert page.headers["x-robots-tag"] == "noindex, nofollow"
            assert page.headers["cache-control"] == "private, no-store"
            title = re.search(r"<title>(.*?)</title>", page.text)
            assert title is not None
            assert plain(title[1]).startswith(words)


async def test_an_answer_says_how_long_it_holds_and_when_it_was_given(
    every_state: httpx.AsyncClient,
) -> None:
    russian = page_text(await every_state.get(f"/ru{STATES['valid'].address}"))
    assert "по 2 марта 2029 г. включительно" in russian
    assert "Проверено 3 марта 2027 г., 12:00:00 (Москва)" in russian
    extended = await every_state.get(f"/ru{STATES['extended'].address}")
    assert "Продлено по 2 мая 2027 г., напечатано по 2 марта 2027 г." in page_text(extended)
    assert "60 дней" in page_text(extended)
    english = page_text(await every_state.get(f"/en{answer_address(EXTENDED)}"))
    assert "60 days" in english
    assert "Checked 3 March 2027, 12:00:00 (Moscow)" in english


async def test_an_end_that_has_come_nearer_is_not_called_extended(
    every_state: httpx.AsyncClient,
) -> None:
    certificates = (await every_state.get("/v1/certificates?limit=50")).json()["items"]
    (certificate_id,) = (item["id"] for item in certificates if item["number"] == VALID)
    body = {"reason": "Срок напечатан неверно", "basis": "Решение № 9", "ends_on": "2028-03-02"}
    answer = await every_state.post(f"/v1/certificates/{certificate_id}/shorten", json=body)
    assert answer.status_code == 200, answer.text
    page = page_text(await every_state.get(f"/ru{answer_address(VALID)}"))
    assert "по 2 марта 2028 г. включительно" in page
    assert "Сокращено до 2 марта 2028 г. включительно, напечатано по 2 марта 2029 г." in page


async def test_the_newer_certificate_is_one_click_away(every_state: httpx.AsyncClient) -> None:
    page = await every_state.get(f"/ru{answer_address(SUPERSEDED)}")
    path = f"/ru/verify/{SUCCESSOR}/2027-03-02"
    assert f'href="{path}"' in page.text
    assert heading(await every_state.get(path)) == "Действует"
    assert "/ru/renewal" not in page.text, "it has been renewed"


async def test_where_the_settings_say_so_a_newer_certificate_ends_the_older(
    every_state: httpx.AsyncClient, settings: CertificatesSettings, clock: ManualClock
) -> None:
    strict_settings = settings.model_copy(update={"supersession_ends": True})
    async with serving(create(strict_settings, clock)) as client:
        page = await client.get(f"/ru{answer_address(SUPERSEDED)}")
        assert heading(page) == "Не действует: заменено 2 марта 2027 г."
        assert 'class="verdict-sheet no"' in page.text
        page = await client.get(f"/en{answer_address(SUPERSEDED)}")
        assert heading(page) == "Not valid: replaced on 2 March 2027"


async def test_a_past_day_tells_what_was_known_then(every_state: httpx.AsyncClient) -> None:
    page = await every_state.get(f"/ru{STATES['annulled-then'].address}")
    assert "По записям того дня ответ был другим: действует." in page_text(page)
    assert "Ответ на 1 апреля 2026 г." in page_text(page)
    assert f'href="/ru{answer_address(ANNULLED)}">Проверить на сегодня' in page.text


async def test_the_form_leads_to_an_address_that_can_be_kept(
    every_state: httpx.AsyncClient,
) -> None:
    day = {"issued_on-day": "2", "issued_on-month": "3", "issued_on-year": "2026"}
    number = {"number": f" № {VALID[:8]} {VALID[8:]} "}
    blank = {"on-day": "", "on-month": "", "on-year": ""}
    for fields, address in (
        ({**number, **day, **blank}, answer_address(VALID)),
        ({**day, "number": f"N {VALID}"}, answer_address(VALID)),
        ({**number, "issued_on-day": "02.03.2026"}, answer_address(VALID)),
        (
            {**number, **day, "on-day": "1", "on-month": "4", "on-year": "2026"},
            answer_address(VALID, "?on=2026-04-01"),
        ),
        ({**number, **day, "on-day": "3 марта 2027"}, answer_address(VALID)),
    ):
        answer = await every_state.get("/ru/verify", params=fields)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/ru{address}")
        page = await every_state.get(answer.headers["location"])
        assert f'value="{VALID}"' in page.text, "the fields below are filled"
        assert '<option value="3" selected>марта</option>' in page.text


async def test_a_query_of_a_script_is_answered_as_it_stands(
    every_state: httpx.AsyncClient,
) -> None:
    page = await every_state.get("/en/verify", params=QUESTION)
    assert (page.status_code, heading(page)) == (200, "Valid")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_bare_page_may_be_indexed(client: httpx.AsyncClient, language: str) -> None:
    page = await client.get(f"/{language}/verify")
    assert page.status_code == 200
    assert "x-robots-tag" not in page.headers
    assert '<meta name="description"' in page.text
    assert 'hreflang="x-default"' in page.text


FAULTS = {
    "number=&issued_on-day=&issued_on-month=&issued_on-year=": (
        {"number", "issued_on"},
        "Введите номер",
        "Enter the number",
    ),
    "number=%E2%84%96+12&issued_on=2026-03-02": ({"number"}, "от 5 до 60", "5 to 60"),
    "number=07.01000<b>&issued_on=2026-03-02": ({"number"}, "от 5 до 60", "5 to 60"),
    f"number={NUMBER}&issued_on=2026-02-30": ({"issued_on"}, "нет в календаре", "no such day"),
    f"number={NUMBER}&issued_on-day=30&issued_on-month=2&issued_on-year=2026": (
        {"issued_on"},
        "нет в календаре",
        "no such day",
    ),
    f"number={NUMBER}&issued_on=2026-03-03": ({"issued_on"}, "ещё не наступила", "not come yet"),
    f"number={NUMBER}&issued_on=2026-03-02&on=2027-01-01": ({"on"}, "не наступил", "not come"),
    f"number={NUMBER}&issued_on=2026-03-02&on=soon": ({"on"}, "нет в календаре", "no such day"),
}


@pytest.mark.parametrize("query", FAULTS)
async def test_a_fault_stands_at_its_field_and_the_form_stays_filled(
    client: httpx.AsyncClient, query: str
) -> None:
    names, *messages = FAULTS[query]
    for language, message in zip(LANGUAGES, messages, strict=True):
        page = await client.get(f"/{language}/verify?{query}")
        assert page.status_code == 422
        assert message in page_text(page)
        assert set(re.findall(r'<li><a href="#(\w+)">', page.text)) == names
        assert page.text.count('aria-invalid="true"') >= len(names)
        assert "<b>" not in page.text
        if f"number={NUMBER}" in query:
            assert f'value="{NUMBER}"' in page.text


async def test_a_wrong_address_of_an_answer_is_a_form_too(client: httpx.AsyncClient) -> None:
    page = await client.get(f"/ru/verify/{NUMBER}/2026-02-30")
    assert page.status_code == 422
    assert f'value="{NUMBER}"' in page.text


@pytest.mark.usefixtures("issued_certificate")
async def test_an_unknown_certificate_costs_one_try_and_says_how_many_are_left(
    settings: CertificatesSettings, clock: ManualClock
) -> None:
    narrow = settings_with(settings, public_unknown_rate="3/hour")
    async with serving(create(narrow, clock), {}) as client:
        for _ in range(3):
            page = await client.get(f"/ru{answer_address(UNKNOWN)}")
            text = page_text(page)
            assert f"Искали № {UNKNOWN} от 2 марта 2026 г." in text
            assert re.search(r"Осталось 2 попытки до \d\d:\d\d", text)
        await client.get(f"/ru{answer_address(UNKNOWN, issued_on='2026-03-01')}")
        before_issue = answer_address(NUMBER, "?on=2026-03-01")
        assert heading(await client.get(f"/ru{before_issue}")) == "Тогда ещё не выдано"
        page = await client.get(f"/en{answer_address(f'{UNKNOWN[:-1]}8')}")
        assert re.search(r"No tries left: verification resumes at \d\d:\d\d", page_text(page))


@pytest.mark.usefixtures("issued_certificate")
@pytest.mark.parametrize(
    ("rates", "ground"),
    [
        ({"public_unknown_rate": "1/hour"}, ("которых нет", "that do not exist")),
        ({"public_rate": "1/hour"}, ("вопросов подряд", "in a row")),
    ],
)
async def test_a_refusal_says_when_it_ends_and_keeps_the_question(
    settings: CertificatesSettings,
    clock: ManualClock,
    rates: dict[str, str],
    ground: tuple[str, str],
) -> None:
    async with serving(create(settings_with(settings, **rates), clock), {}) as client:
        await client.get(f"/ru{answer_address(UNKNOWN)}")
        for language, words, title in zip(
            LANGUAGES, ground, ("Проверка возобновится в", "Verification resumes at"), strict=True
        ):
            page = await client.get(f"/{language}{answer_address(NUMBER)}")
            assert page.status_code == 429
            assert re.fullmatch(rf"{title} \d\d:\d\d", heading(page))
            assert int(page.headers["retry-after"]) > 0
            assert words in page_text(page)
            assert f'value="{NUMBER}"' in page.text
            assert "Сравните" not in page_text(page), "nobody looked at number and date"


@pytest.mark.usefixtures("issued_certificate")
async def test_who_is_signed_in_has_a_budget_of_their_own_as_with_a_token(
    settings: CertificatesSettings, clock: ManualClock
) -> None:
    narrow = settings_with(settings, public_unknown_rate="1/hour", client_unknown_rate="9/hour")
    async with serving(create(narrow, clock), {}) as client:
        await client.get(f"/ru{answer_address(UNKNOWN)}")
        assert (await client.get(f"/ru{answer_address(NUMBER)}")).status_code == 429
        reader = tokens.browser(Scope.PROCESS)
        page = await client.get(f"/ru{answer_address(NUMBER)}", headers=reader)
        assert heading(page) == "Действует"
        unknown = await client.get(f"/ru{answer_address(UNKNOWN)}", headers=reader)
        assert "Осталось 8 попыток" in page_text(unknown)


@pytest.mark.usefixtures("issued_certificate")
async def test_an_address_on_paper_leads_to_the_readers_language(
    client: httpx.AsyncClient,
) -> None:
    path = f"/verify/{NUMBER}/2026-03-02"
    for headers, language in (({}, "ru"), ({"Accept-Language": "en-GB"}, "en")):
        client.cookies.clear()
        for address in (path, f"/verify?number={NUMBER}&issued_on=2026-03-02"):
            answer = await client.get(address, headers=headers)
            assert answer.status_code == 307
            assert answer.headers["location"] == f"/{language}{address}"
            assert answer.headers["vary"] == "Cookie, Accept-Language"
    client.cookies.set("attesta_language", "en")
    answer = await client.get(path, headers={"Accept-Language": "ru"})
    assert answer.headers["location"] == f"/en{path}"


async def test_codes_printed_before_still_lead_to_the_answer(
    every_state: httpx.AsyncClient,
) -> None:
    page = await every_state.get(f"/ru/verify?number={NUMBER}&issued_on=2026-03-02")
    assert heading(page) == "Действует"


async def test_no_state_shows_a_code_or_a_foreign_sentence(
    every_state: httpx.AsyncClient,
) -> None:
    addresses = [state.address for state in STATES.values()]
    addresses += ["/verify", f"/verify?number={NUMBER}"]
    addresses += [f"/verify?{query}" for query in FAULTS]
    for language in LANGUAGES:
        for address in addresses:
            page = await every_state.get(f"/{language}{address}")
            assert list_foreign_sentences(page.text, language, PRINTED_WORDS) == [], address
            assert list_codes(page.text) == [], address


async def test_a_refusal_shows_no_code_or_foreign_sentence(
    settings: CertificatesSettings, clock: ManualClock
) -> None:
    narrow = settings_with(settings, public_unknown_rate="1/hour")
    async with serving(create(narrow, clock), {}) as client:
        for language in LANGUAGES:
            await client.get(f"/{language}{answer_address(UNKNOWN)}")
            page = await client.get(f"/{language}{answer_address(NUMBER)}")
            assert page.status_code == 429
            assert list_foreign_sentences(page.text, language, PRINTED_WORDS) == []
            assert list_codes(page.text) == []
