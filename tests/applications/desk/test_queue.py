"""The page of work: tabs of each hat with their counts, search, status, order, pages, addresses."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx
import pytest

from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.principal import Scope
from tests import tokens
from tests.applications import people
from tests.applications.desk.workload import Workload, add_cases
from tests.clock import ManualClock

CLERK = tokens.browser(Scope.PROCESS, subject="clerk", centre=tokens.CENTRE)
COLLEAGUE = tokens.browser(Scope.PROCESS, subject="colleague", centre=tokens.CENTRE)
SECRETARY = tokens.browser(Scope.DECIDE, subject="secretary", council=tokens.COUNCIL)
OPERATOR = tokens.browser(Scope.OPERATE, subject="operator")
STRANGER = tokens.browser(Scope.PROCESS, subject="stranger", centre="99.001")


@dataclass(frozen=True, slots=True)
class WorkPage:
    """What a reader sees on the page of work."""

    status: int
    title: str
    tabs: dict[str, str]
    current_tab: str | None
    numbers: list[str]
    chips: dict[str, str]
    text: str
    html: str


async def open_work(client: httpx.AsyncClient, reader: dict[str, str], query: str = "") -> WorkPage:
    """The page of work as this reader sees it in Russian, under `/ru/work` with this query."""
    path = f"/ru/work?{query}" if query else "/ru/work"
    answer = await client.get(path, headers={"Authorization": "", **reader})
    return read_page(answer)


def read_page(answer: httpx.Response) -> WorkPage:
    """The page of an answer."""
    html = answer.text
    tab_links = [
        (name, " ".join(unescape(figure).split()), current)
        for navigation in re.findall(r'<nav class="tabs".*?</nav>', html, re.DOTALL)
        for current, name, figure in re.findall(
            r'<a href="[^"]*"( aria-current="page")?>([^<]+) <span class="count">([^<]+)</span>',
            navigation,
        )
    ]
    chip_list = re.search(r'<ul class="chips".*?</ul>', html, re.DOTALL)
    return WorkPage(
        status=answer.status_code,
        title=re.findall(r"<title>([^<]*)</title>", html)[0],
        tabs={name: figure for name, figure, _ in tab_links},
        current_tab=next((name for name, _, current in tab_links if current), None),
        numbers=re.findall(r'<a class="one-line" href="/ru/cases/[^"]+">([^<]+)</a>', html),
        chips={
            " ".join(unescape(label).split()): unescape(href)
            for href, label in re.findall(
                r'<a href="([^"]*)"><span class="aside">[^<]*</span><span[^>]*>([^<]*)<',
                chip_list.group() if chip_list else "",
            )
        },
        text=" ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split()),
        html=html,
    )


async def take_review(client: httpx.AsyncClient, reader: dict[str, Any]) -> str:
    """The number of a case that this clerk has taken over the API's step."""
    application_id = await people.submit_application(client)
    for kind in ("education_secondary", "training"):
        await people.attach_document(client, application_id, kind)
    answer = await client.post(
        f"/v1/applications/{application_id}/begin-review",
        json={"reviewer": "И. Котова"},
        headers=tokens.bearer(Scope.PROCESS, subject=reader["subject"], centre=tokens.CENTRE),
    )
    assert answer.status_code == 200, answer.text
    number: str = answer.json()["number"]
    return number


async def test_a_clerk_sees_each_case_in_its_tabs(client: httpx.AsyncClient) -> None:
    await people.submit_application(client)
    own_number = await take_review(client, {"subject": "clerk"})
    await take_review(client, {"subject": "colleague"})
    await people.schedule_examination(client)
    await people.send_to_council(client)
    await people.refuse_certification(client)
    await client.post("/v1/applications", json=people.form(draft=True))
    page = await open_work(client, CLERK)
    assert page.tabs == {
        "Мои": "1",
        "Свободные": "1",
        "Центра": "5",
        "Экзамены": "1",
        "К выдаче": "1",
        "У других": "1",
        "Закрытые": "0",
    }
    assert (page.current_tab, page.numbers) == ("Мои", [own_number])
    assert page.title == "Мои · Работа · Attesta"
    unassigned = await open_work(client, CLERK, "tab=unassigned")
    assert unassigned.numbers == ["26-000001"]
    assert "никто" in unassigned.text
    others_page = await open_work(client, CLERK, "tab=others")
    assert others_page.numbers == ["26-000005"]
    assert "ждёт решения Дело у совета" in others_page.text


async def test_who_has_no_case_of_their_own_begins_with_those_that_nobody_has(
    client: httpx.AsyncClient,
) -> None:
    await people.submit_application(client)
    page = await open_work(client, CLERK)
    assert (page.current_tab, page.numbers) == ("Свободные", ["26-000001"])
    own = await open_work(client, CLERK, "tab=mine")
    assert (own.current_tab, own.numbers) == ("Мои", [])
    assert "которые вы взяли себе. Таких сейчас нет. Свободные" in own.text


async def test_a_returned_case_comes_back_to_who_led_it(client: httpx.AsyncClient) -> None:
    number = await take_review(client, {"subject": "clerk"})
    (case,) = (await client.get("/v1/applications")).json()["items"]
    await people.run_step(client, case["id"], "review", "returned", **people.RETURN)
    assert (await open_work(client, CLERK, "tab=others")).numbers == [number]
    await people.run_step(client, case["id"], "resubmit", "submitted")
    assert (await open_work(client, CLERK, "tab=mine")).numbers == [number]
    assert (await open_work(client, CLERK, "tab=unassigned")).numbers == []


async def test_a_council_sees_what_it_decides_first(client: httpx.AsyncClient) -> None:
    await people.submit_application(client)
    await people.send_to_council(client)
    await people.refuse_certification(client)
    page = await open_work(client, SECRETARY)
    assert page.tabs == {"Ждут решения": "1", "У других": "2", "Закрытые": "0"}
    assert (page.current_tab, page.numbers) == ("Ждут решения", ["26-000002"])


async def test_operations_see_limits_first(client: httpx.AsyncClient, clock: ManualClock) -> None:
    await people.submit_application(client)
    clock.advance(days=1)
    await people.submit_application(client)
    assert (await open_work(client, OPERATOR)).tabs == {
        "Просрочены": "0",
        "Под угрозой": "0",
        "В работе": "2",
        "Закрытые": "0",
    }
    clock.advance(days=8)
    page = await open_work(client, OPERATOR)
    assert page.tabs["Под угрозой"] == "2"
    assert page.current_tab == "Под угрозой"
    assert page.numbers == ["26-000001", "26-000002"]
    assert "осталось 2 дня" in page.text
    clock.advance(days=2)
    page = await open_work(client, OPERATOR)
    assert (page.tabs["Просрочены"], page.tabs["Под угрозой"]) == ("1", "1")
    assert "просрочено на 1 день" in page.text


async def test_who_wears_two_hats_has_the_tabs_of_both_under_their_names(
    client: httpx.AsyncClient,
) -> None:
    await people.send_to_council(client)
    reader = tokens.browser(
        Scope.PROCESS, Scope.DECIDE, centre=tokens.CENTRE, council=tokens.COUNCIL
    )
    page = await open_work(client, reader)
    assert "Дела центра" in page.text
    assert "Дела совета" in page.text
    assert page.current_tab == "У других"
    decisions = await open_work(client, reader, "tab=decisions")
    assert (decisions.current_tab, decisions.numbers) == ("Ждут решения", ["26-000001"])


async def test_others_do_not_see_the_cases_and_nobody_without_a_centre(
    client: httpx.AsyncClient,
) -> None:
    await people.submit_application(client)
    for query in ("", "q=Петрова", "q=26-000001", "tab=centre"):
        page = await open_work(client, STRANGER, query)
        assert (page.status, page.numbers) == (200, [])
        assert set(page.tabs.values()) == {"0"}
        assert "Водкина" not in page.text
    nowhere = await open_work(client, tokens.browser(Scope.PROCESS, subject="x"))
    assert (nowhere.status, nowhere.tabs) == (200, {})
    assert "не называет ни центра, ни совета" in nowhere.text


@pytest.mark.parametrize(
    "query",
    [
        "tab=nowhere",
        "tab=decisions",  # a council's
        "status=nothing",
        "status=with_council",  # not of this tab
        "page=0",
        "page=-1",
        "page=7",
        "page=x",
        "page=%D9%A1",  # an Arabic-Indic digit
        "page=" + "9" * 40,
        "tab=&status=&page=",
        "tab=unassigned&tab=mine",
        "q=" + "x" * 5000,
        "q=%F0%9F%98%80",
        "q=%FF%FE",
        "q='\\%22%25_:*%26|!()",
        "q=" + "1" * 300,
        "q=26-" + "9" * 30,
        "q=%C2%AD%CC%81",  # nothing that is seen
        "limit=5",
    ],
)
async def test_an_address_that_is_wrong_leads_to_what_is_nearest(
    client: httpx.AsyncClient, query: str
) -> None:
    await people.submit_application(client)
    page = await open_work(client, CLERK, query)
    assert page.status == 200
    assert page.current_tab is not None
    if "q=" not in query and "tab=mine" not in query:
        assert (page.current_tab, page.numbers) == ("Свободные", ["26-000001"])


@pytest.mark.parametrize(
    "search",
    [
        "Петрова",
        "петр",
        "Водкина",
        "водк анна",
        "АННА ПЕТРОВА-ВОДКИНА СЕРГЕЕВНА",
        "Петрова А. С.",
        "A. Петрова",  # a Latin initial
        "Пётрова-Вод",
        "  Анна   Сер ",
        "П-17",
        "п-17",
    ],
)
async def test_a_case_is_found_by_the_beginnings_of_a_name_and_by_its_protocol(
    client: httpx.AsyncClient, search: str
) -> None:
    await people.examine_candidate(client)
    await client.post(
        "/v1/applications",
        json=people.applicant(family_name="Лис", given_name="Ян", patronymic=None),
    )
    page = read_page(
        await client.get(
            "/ru/work",
            params={"tab": "centre", "q": search},
            headers={"Authorization": "", **CLERK},
        )
    )
    assert page.numbers == ["26-000001"]
    assert page.tabs["Экзамены"] == "1"
    assert page.tabs["Свободные"] == "0"
    assert search.strip() not in page.title


@pytest.mark.parametrize("search", ["трова", "Анна Иванова", "А", "а. п.", "П-1", "Ольга", "'"])
async def test_what_is_no_beginning_of_a_word_finds_nothing(
    client: httpx.AsyncClient, search: str
) -> None:
    await people.examine_candidate(client)
    answer = await client.get(
        "/ru/work", params={"q": search}, headers={"Authorization": "", **CLERK}
    )
    page = read_page(answer)
    assert (page.status, page.numbers) == (200, [])
    assert "Ничего не найдено" in page.text


async def test_a_case_is_found_by_its_certificate_and_its_statement(
    client: httpx.AsyncClient, database: Database
) -> None:
    await people.refuse_certification(client)
    (statement,) = await people.fetch_rows(database, "SELECT statement_number FROM decision")
    for number in (statement.statement_number, "СПК-4", "спк-4"):
        page = read_page(
            await client.get(
                "/ru/work",
                params={"tab": "hand-over", "q": number},
                headers={"Authorization": "", **CLERK},
            )
        )
        assert page.numbers == ["26-000001"], number


@pytest.mark.parametrize("search", ["26-000001", "26-1", " 26–000001 "])
async def test_a_case_number_leads_to_the_case(client: httpx.AsyncClient, search: str) -> None:
    await people.submit_application(client)
    answer = await client.get(
        "/ru/work", params={"q": search}, headers={"Authorization": "", **CLERK}
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/ru/cases/26-000001")


async def test_search_and_status_are_taken_back_by_their_chips(client: httpx.AsyncClient) -> None:
    await people.submit_application(client)
    await people.admit_applicant(client)
    page = await open_work(client, CLERK, "tab=centre&q=Анна&status=admitted")
    assert page.numbers == ["26-000002"]
    assert page.tabs["Центра"] == "2", "a tab is counted with the search, without the status"
    assert page.chips == {
        "поиск: Анна": "/ru/work?tab=centre&status=admitted",
        "ждёт дня экзамена": "/ru/work?tab=centre&q=%D0%90%D0%BD%D0%BD%D0%B0",
    }
    without_search = read_page(
        await client.get(page.chips["поиск: Анна"], headers={"Authorization": "", **CLERK})
    )
    assert without_search.chips == {"ждёт дня экзамена": "/ru/work?tab=centre"}


async def test_the_nearest_last_day_comes_first_then_receipt(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    await people.submit_application(client)
    await people.admit_applicant(client)  # no limit runs now
    clock.advance(hours=1)
    early = await client.post("/v1/applications", json=people.form(received_on="2026-02-27"))
    assert early.status_code == 201
    clock.advance(hours=1)
    await people.submit_application(client)
    page = await open_work(client, CLERK, "tab=centre")
    assert page.numbers == ["26-000003", "26-000001", "26-000004", "26-000002"]


async def test_a_list_is_read_in_pages_with_its_whole_count(
    client: httpx.AsyncClient, database: Database, settings: ApplicationsSettings
) -> None:
    await add_cases(database, Workload(centre=tokens.CENTRE, status="submitted", count=53))
    first = await open_work(client, CLERK, "tab=unassigned")
    assert len(first.numbers) == 25
    assert "1–25 из 53" in first.text
    assert 'rel="prev"' not in first.html
    last = await open_work(client, CLERK, "tab=unassigned&page=3")
    assert "51–53 из 53" in last.text
    assert 'rel="next"' not in last.html
    beyond = await open_work(client, CLERK, "tab=unassigned&page=99")
    assert beyond.numbers == last.numbers
    second = await open_work(client, CLERK, "tab=unassigned&page=2")
    assert len({*first.numbers, *second.numbers, *last.numbers}) == 53
    assert 'href="/ru/work?tab=unassigned&amp;page=3"' in second.html


async def test_the_page_is_said_in_english_too(client: httpx.AsyncClient) -> None:
    await people.submit_application(client)
    answer = await client.get("/en/work", headers={"Authorization": "", **CLERK})
    text = " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())
    assert "Unassigned 1" in text
    assert "Awaiting review" in text
    assert "10 days left" in text
    assert '<span lang="ru">Петрова-Водкина\u00a0А.\u00a0С.</span>' in answer.text


async def test_an_erased_case_keeps_its_number_and_no_name(
    client: httpx.AsyncClient, database: Database
) -> None:
    await people.submit_application(client)
    await client.post(
        "/v1/applications/"
        + (await client.get("/v1/applications")).json()["items"][0]["id"]
        + "/withdraw"
    )
    async with database.transaction() as session:
        await people.execute_statement(
            session,
            "UPDATE application SET family_name = NULL, given_name = NULL, patronymic = NULL",
        )
    page = await open_work(client, CLERK, "tab=closed")
    assert page.numbers == ["26-000001"]
    assert "данные уничтожены" in page.text


async def test_what_is_searched_stands_in_no_log(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    await people.submit_application(client)
    with caplog.at_level("DEBUG"):
        page = await open_work(client, CLERK, "q=Петрова-Вод")
    assert page.numbers == ["26-000001"]
    output = capsys.readouterr()
    logs = caplog.text + output.out + output.err
    assert "/ru/work" in logs or "/work" in logs
    for trace in ("Петрова", "%D0%9F", "петрова"):
        assert trace not in logs


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_a_remark_about_a_document_and_a_refusal_leave_the_case_readable(
    client: httpx.AsyncClient, language: str
) -> None:
    returned_id = await people.begin_review(client)
    (document, _) = (await client.get(f"/v1/applications/{returned_id}")).json()["documents"]
    remark = {"document_id": document["id"], "text": "Нечитаемо"}
    await people.run_step(
        client,
        returned_id,
        "review",
        "returned",
        outcome="return",
        reviewer="И. Котова",
        remarks=[remark],
    )
    declined_id = await people.begin_review(client)
    answer = await people.run_step(
        client,
        declined_id,
        "review",
        "declined",
        outcome="decline",
        reviewer="И. Котова",
        reason="Не та квалификация",
    )
    assert answer["review"]["remarks"] == [{"text": "Не та квалификация"}]
    for number, words in (("26-000001", "Нечитаемо"), ("26-000002", "Не та квалификация")):
        for reader in (CLERK, SECRETARY, OPERATOR):
            page = await client.get(
                f"/{language}/cases/{number}", headers={"Authorization": "", **reader}
            )
            assert page.status_code == 200
            assert words in page.text
