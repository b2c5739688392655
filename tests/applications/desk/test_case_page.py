"""The page of a case: what can be done by whom, how far it is, what is lacking, what happened."""

from uuid import uuid4

import httpx
import pytest

from services.applications.application.status import Status
from shared.db import Database
from tests.applications import people
from tests.applications.desk.desk_pages import (
    CLERK,
    OPERATOR,
    SECRETARY,
    STRANGER,
    find_case,
    get_application,
    open_page,
    send_form,
)
from tests.applications.desk.test_acts import MakeCase, submit_complete
from tests.clock import ManualClock


@pytest.mark.parametrize(
    ("make_case", "stage", "clerk_acts", "secretary_acts"),
    [
        (
            people.submit_application,
            "Рассмотрение",
            ["Вернуть с замечаниями", "Отказать в приёме", "Взять себе", "Приложить файл"],
            [],
        ),
        (
            submit_complete,
            "Рассмотрение",
            [
                *("Допустить к экзамену", "Вернуть с замечаниями", "Отказать в приёме"),
                *("Взять себе", "Приложить файл"),
            ],
            [],
        ),
        (
            people.begin_review,
            "Рассмотрение",
            ["Допустить к экзамену", "Вернуть с замечаниями", "Отказать в приёме"],
            [],
        ),
        (people.admit_applicant, "Экзамен", ["Назначить экзамен"], []),
        (
            people.schedule_examination,
            "Экзамен",
            [
                *("Внести протокол экзамена", "Перенести экзамен"),
                *("Отметить неявку", "Приложить файл"),
            ],
            [],
        ),
        (people.examine_candidate, "Совет", ["Передать в совет", "Приложить файл"], []),
        (people.send_to_council, "Совет", [], ["Подтвердить", "Не подтвердить"]),
        (people.refuse_certification, "Документ", ["Отметить выдачу"], []),
    ],
)
async def test_everybody_sees_what_they_can_do_first(
    client: httpx.AsyncClient,
    make_case: MakeCase,
    stage: str,
    clerk_acts: list[str],
    secretary_acts: list[str],
) -> None:
    path = await find_case(client, await make_case(client))
    for reader, acts in ((CLERK, clerk_acts), (SECRETARY, secretary_acts), (OPERATOR, [])):
        page = await open_page(client, path, reader)
        assert page.acts == acts
        assert page.text_of("//li[@aria-current='step']").startswith(stage)
        main_order = page.tree.xpath("//main//*[@id='acts' or @class='case-facts']/@class")
        assert main_order[0].startswith("side"), "what to do comes before the facts"
        if not acts:
            assert "Сейчас вам здесь делать нечего" in page.text
    english = await open_page(client, path.replace("/ru/", "/en/"))
    assert len(english.acts) == len(clerk_acts)


async def test_what_is_lacking_leads_into_remarks(client: httpx.AsyncClient) -> None:
    application_id = await people.submit_application(client)
    await people.attach_document(client, application_id, "experience", months="2", field="sales")
    path = await find_case(client, application_id)
    page = await open_page(client, path)
    assert "Не хватает 2 документов" in page.text
    lines = [
        " ".join(item.text_content().split())
        for item in page.tree.xpath("//ul[@class='lacking']/li")
    ]
    assert lines[0].startswith("Документ о среднем образовании В замечания")
    assert lines[1].startswith("Удостоверение о повышении квалификации или Опыт работы")
    (link, *_) = page.tree.xpath("//ul[@class='lacking']//a/@href")
    form = (await open_page(client, link)).form
    assert form.fields["remark-0-about"] == "/documents/education_secondary"
    assert "Документ о среднем образовании" in form.fields["remark-0-text"]
    answer = await send_form(client, form)
    assert "Дело у соискателя: на исправлении" in answer.text
    assert "Документ о среднем образовании: Приложите документ" in answer.text


async def test_admission_takes_the_review_in_one_press(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await find_case(client, await submit_complete(client))
    page = await open_page(client, path)
    answer = await send_form(client, page.find_form("Допустить к экзамену"))
    assert answer.text_of("//*[@role='status' and contains(@class, 'banner')]//p[1]") == (
        "Допуск: И. Котова"
    )
    lines = await people.fetch_rows(database, "SELECT command, actor FROM history ORDER BY id")
    assert [(line.command, line.actor) for line in lines[1:]] == [
        ("begin_review", "И. Котова"),
        ("admit", "И. Котова"),
    ]
    (row,) = await people.fetch_rows(database, "SELECT reviewer_subject FROM application")
    assert row.reviewer_subject == "clerk"


async def test_the_banner_is_of_this_case_and_leads_to_the_next(
    client: httpx.AsyncClient, database: Database
) -> None:
    first_path = await find_case(client, await submit_complete(client))
    next_path = await find_case(client, await submit_complete(client))
    page = await open_page(client, first_path)
    answer = await send_form(client, page.find_form("Взять себе"))
    banner = "//*[@role='status' and contains(@class, 'banner')]"
    assert answer.text_of(f"{banner}//p[1]") == "Взято на рассмотрение: И. Котова"
    assert answer.tree.xpath(f"{banner}//a/@href") == [next_path]
    (line,) = await people.fetch_rows(database, "SELECT max(id) AS id FROM history")
    foreign = await open_page(client, f"{next_path}?done={line.id}")
    assert not foreign.tree.xpath(banner), "the line is another case's"
    for line_id in ("0", "x", str(2**70)):
        answer = await open_page(client, f"{first_path}?done={line_id}")
        assert answer.status == 422


async def test_cases_are_called_by_number(client: httpx.AsyncClient) -> None:
    application_id = await people.submit_application(client)
    path = await find_case(client, application_id)
    headers = {"Authorization": "", **CLERK}
    answer = await client.get(f"/ru/cases/{application_id}", headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (301, path)
    for reader, status in ((STRANGER, 404), (CLERK, 404)):
        page = await open_page(client, f"/ru/cases/{uuid4()}", reader)
        assert page.status == status
    assert (await open_page(client, path, STRANGER)).status == 404
    for number in ("26-999999", "nothing", "26-1", "%00"):
        answer = await client.get(f"/ru/cases/{number}", headers=headers)
        assert answer.status_code in (303, 307, 400, 404), number


async def test_a_council_sees_no_contacts_and_reading_is_recorded(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await find_case(client, await people.send_to_council(client))
    clerk_text = (await open_page(client, path)).text
    secretary_text = (await open_page(client, path, SECRETARY)).text
    for private in ("345678", "Галерная, д. 1", "anna@example.org", "31 декабря 1999"):
        assert private in clerk_text
        assert private not in secretary_text
    assert "Е. Орлова" in secretary_text, "the council sees the commission"
    rows = await people.fetch_rows(
        database, "SELECT DISTINCT subject, resource FROM disclosure WHERE resource LIKE '/cases%'"
    )
    assert {(row.subject, row.resource) for row in rows} == {
        ("clerk", "/cases/{number}"),
        ("secretary", "/cases/{number}"),
    }


async def test_files_open_by_a_link_that_expires(client: httpx.AsyncClient) -> None:
    path = await find_case(client, await submit_complete(client))
    page = await open_page(client, path)
    (link, *_) = page.tree.xpath("//ul[@class='files']//a/@href")
    headers = {"Authorization": "", **CLERK}
    answer = await client.get(link, headers=headers)
    assert answer.status_code == 303
    file = await client.get(answer.headers["Location"], headers={"Authorization": ""})
    assert file.content == people.PDF
    assert (await client.get(link, headers={"Authorization": "", **STRANGER})).status_code == 404


async def test_every_status_has_a_page_in_both_languages(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    path = await find_case(client, await people.refuse_certification(client))
    for status in Status:
        async with database.transaction() as session:
            await people.execute_statement(
                session, "UPDATE application SET status = :status", status=status.value
            )
        for language in ("ru", "en"):
            for reader in (CLERK, SECRETARY, OPERATOR):
                page = await open_page(client, f"/{language}{path[3:]}", reader)
                assert page.status == 200, (status, language)
                assert page.list_foreign_texts(language) == [], (status, language)
    clock.advance(days=400)
    assert (await open_page(client, path)).status == 200


async def test_an_erased_file_still_has_a_page(
    client: httpx.AsyncClient, database: Database
) -> None:
    application_id = await people.refuse_certification(client)
    path = await find_case(client, application_id)
    async with database.transaction() as session:
        await people.execute_statement(
            session,
            "UPDATE application SET family_name = NULL, given_name = NULL, patronymic = NULL,"
            " birth_date = NULL, email = NULL, phone = NULL, address = NULL, payer = NULL,"
            " identity_document = NULL, identity_key = NULL, reviewer = NULL",
        )
        await people.execute_statement(
            session, "UPDATE history SET actor = 'erased', detail = NULL, facts = NULL"
        )
        await people.execute_statement(
            session, "UPDATE examination SET parts = '[]', commission = '[]'"
        )
        await people.execute_statement(session, "DELETE FROM document")
    page = await open_page(client, path)
    assert "данные уничтожены" in page.text
    assert (await get_application(client, application_id))["applicant"]
