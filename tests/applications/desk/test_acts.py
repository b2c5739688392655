"""Each act has one form: it opens, refuses with a summary, keeps what was typed, and acts once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from services.applications.desk.acts import ACTS
from shared.db import Database
from tests.applications import people
from tests.applications.desk.desk_pages import (
    CLERK,
    OPERATOR,
    SECRETARY,
    STRANGER,
    DeskPage,
    find_case,
    get_application,
    open_page,
    read_form,
    send_form,
)
from tests.clock import ManualClock

MakeCase = Callable[[httpx.AsyncClient], Awaitable[str]]


async def miss_examination(client: httpx.AsyncClient, clock: ManualClock) -> str:
    """The id of an application whose candidate did not appear."""
    application_id = await people.schedule_examination(client)
    clock.advance(hours=4)
    await people.run_step(client, application_id, "record-no-show", "no_show")
    return application_id


async def submit_complete(client: httpx.AsyncClient) -> str:
    """The id of a complete application whose review nobody has taken."""
    application_id = await people.submit_application(client)
    for kind in ("education_secondary", "training"):
        await people.attach_document(client, application_id, kind)
    return application_id


@dataclass(frozen=True, slots=True)
class ActCase:
    """An act in a status: who does it, what is typed, where it leads.

    `needed_fields` are the fields of which an empty form says that they are missing.
    """

    act: str
    make_case: MakeCase
    fields: Mapping[str, str]
    status: str
    needed_fields: tuple[str, ...] = ()
    reader: Mapping[str, str] = field(default_factory=lambda: CLERK)


PROTOCOL = {
    "protocol_number": "Э-1",
    "theory-0-criterion": "Верные ответы",
    "theory-0-required_points": "60",
    "theory-0-points": "85",
    "practice-0-criterion": "Речь",
    "practice-0-required_points": "8",
    "practice-0-points": "8,5",
    "commission-0-name": "Е. Орлова",
    "commission-0-own_staff": "yes",
    "commission-1-name": "К. Седов",
    "commission-1-own_staff": "yes",
}
DECISION = {"protocol_number": "СПК-31", "member-0-name": "Н. Громова", "member-1-name": "П. Лисин"}
APPOINTMENT = {
    "starts_on-day": "2",
    "starts_on-month": "3",
    "starts_on-year": "2026",
    "starts_time": "15.30",
    "place": "Зал 1",
    "agreed-applicant": "yes",
}
ACT_CASES = [
    ActCase("review-start", submit_complete, {"reviewer": "И."}, "under_review", ("reviewer",)),
    ActCase("admit", submit_complete, {"reviewer": "И."}, "admitted", ("reviewer",)),
    ActCase("admit", people.begin_review, {}, "admitted", ("reviewer",)),
    ActCase(
        "return",
        people.begin_review,
        {"remark-0-about": "/applicant/address", "remark-0-text": "Нет индекса"},
        "returned",
        ("remark-0-text",),
    ),
    ActCase(
        "return",
        people.submit_application,
        {"remark-0-about": "/documents/training", "remark-0-text": "Приложите"},
        "returned",
        ("remark-0-text",),
    ),
    ActCase("decline", people.begin_review, {"reason": "Не тот центр"}, "declined", ("reason",)),
    ActCase("decline", submit_complete, {"reason": "Не тот центр"}, "declined", ("reason",)),
    ActCase(
        "appointment",
        people.admit_applicant,
        APPOINTMENT,
        "scheduled",
        ("place", "starts_on", "agreed_on", "agreed-applicant"),
    ),
    ActCase(
        "appointment",
        people.schedule_examination,
        {**APPOINTMENT, "reason": "Болезнь"},
        "scheduled",
        ("place", "starts_on", "agreed_on", "agreed-applicant"),
    ),
    ActCase(
        "examination",
        people.schedule_examination,
        PROTOCOL,
        "examined",
        ("protocol_number", "theory_on", "theory-0-points", "commission-0-name"),
    ),
    ActCase("dispatch", people.examine_candidate, {}, "with_council", ("sent_on",)),
    ActCase(
        "decision",
        people.send_to_council,
        {**DECISION, "outcome": "certify"},
        "approved",
        ("outcome", "decided_on", "protocol_number", "member-0-name"),
        SECRETARY,
    ),
    ActCase(
        "decision",
        people.send_to_council,
        {**DECISION, "outcome": "refuse", "recommendation": "Пройти обучение"},
        "not_confirmed",
        ("outcome", "decided_on", "protocol_number", "member-0-name"),
        SECRETARY,
    ),
    ActCase(
        "delivery",
        people.refuse_certification,
        {"handover_method": "representative"},
        "closed",
        ("handed_over_on", "handover_method"),
    ),
]
BY_NAME = [f"{case.act}-{case.make_case.__name__}-{case.status}" for case in ACT_CASES]
each_act = pytest.mark.parametrize("case", ACT_CASES, ids=BY_NAME)


async def open_act(client: httpx.AsyncClient, case: ActCase, language: str = "ru") -> DeskPage:
    """The form of the act on a new case in the act's status."""
    path = await find_case(client, await case.make_case(client))
    return await open_page(client, f"/{language}{path[3:]}/{case.act}", dict(case.reader))


def escape(fields: Mapping[str, str]) -> dict[str, Any]:
    """The fields as keyword arguments, which cannot have hyphens."""
    return {name.replace("-", "__"): text for name, text in fields.items()}


EVIL_MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ '7 × 7 = ' ~ 7 * 7 }}"


@each_act
async def test_a_form_opens_refuses_and_keeps_what_was_typed(
    client: httpx.AsyncClient, database: Database, case: ActCase
) -> None:
    page = await open_act(client, case)
    assert (page.status, page.summary) == (200, {})
    rows_before = await people.count_rows(database)
    for language in ("ru", "en"):
        await _check_empty_form(client, case, page, language)
    await _check_change_of_language(client, case, page)
    await _check_hostile_texts(client, case, page)
    await _check_other_readers(client, case, page)
    rows_after = await people.count_rows(database)
    hostile_acts = {"review-start", "admit", "return", "decline"}  # their texts may say anything
    assert rows_after == rows_before or case.act in hostile_acts


async def _check_empty_form(
    client: httpx.AsyncClient, case: ActCase, page: DeskPage, language: str
) -> None:
    kept_names = {"revision"} if "reviewer" in case.needed_fields else {"revision", "reviewer"}
    changes = {name: "" for name in page.form.fields if name not in kept_names}
    form = replace(page.form, action=page.form.action.replace("/ru/", f"/{language}/"))
    answer = await send_form(client, form, dict(case.reader), **escape(changes))
    assert answer.status == 422
    assert answer.title.startswith("Ошибка: " if language == "ru" else "Error: ")
    assert set(case.needed_fields) <= set(answer.summary)
    assert answer.list_foreign_texts(language) == []
    for field_id in answer.summary:
        assert answer.tree.xpath(f"//*[@id='{field_id}']"), field_id
        assert answer.tree.xpath(f"//*[@id='{field_id}-error']"), field_id
        assert answer.tree.xpath(f"//*[contains(@aria-describedby, '{field_id}-error')]"), field_id


async def _check_change_of_language(
    client: httpx.AsyncClient, case: ActCase, page: DeskPage
) -> None:
    (switch,) = page.tree.xpath("//header//button[@name='change_language']")
    assert (switch.get("form"), "formnovalidate" in switch.attrib) == ("act", True)
    form = replace(page.form, action=switch.get("formaction"))
    typed_fields = {**case.fields, "change_language": "en"}
    answer = await send_form(client, form, dict(case.reader), **escape(typed_fields))
    assert (answer.status, answer.summary) == (200, {})
    assert answer.tree.get("lang") == "en"
    assert {name: answer.form.fields.get(name) for name in case.fields} == dict(case.fields)


async def _check_hostile_texts(client: httpx.AsyncClient, case: ActCase, page: DeskPage) -> None:
    names = [name for name in page.form.fields if name != "revision"]
    for text in (EVIL_MARKUP, "я" * 4000, "\x00", "-1e999", "0x10", "٣", "9" * 25):
        changes = {**dict.fromkeys(names, text), "change_language": "ru"}
        answer = await send_form(client, page.form, dict(case.reader), **escape(changes))
        assert answer.status == 200
        changes = {**dict.fromkeys(names, text), "revision": "0"}
        answer = await send_form(client, page.form, dict(case.reader), **escape(changes))
        assert answer.status in (409, 412, 422), (text[:10], answer.text[:500])
        assert not answer.tree.xpath("//main//script | //main//img")
        assert "7 × 7 = 49" not in answer.text
    odd_rows = {f"theory-{index}-points": "1" for index in (0, 99, 100, 5000)}
    odd_rows |= {"theory-rows": "999999", "add": "theory"}
    answer = await send_form(client, page.form, dict(case.reader), **escape(odd_rows))
    assert answer.status == 200


async def _check_other_readers(client: httpx.AsyncClient, case: ActCase, page: DeskPage) -> None:
    other_hat = SECRETARY if case.reader == CLERK else CLERK
    for reader, status in ((other_hat, 403), (OPERATOR, 403), (STRANGER, 404)):
        assert (await open_page(client, page.path, reader)).status == status
        answer = await send_form(client, page.form, reader, **escape(case.fields))
        assert answer.status == status


@each_act
async def test_a_form_acts_once_and_the_case_says_so(
    client: httpx.AsyncClient, database: Database, case: ActCase
) -> None:
    page = await open_act(client, case)
    async with database.transaction() as session:
        await people.execute_statement(session, "UPDATE application SET revision = revision + 1")
    reader, fields = dict(case.reader), escape(case.fields)
    answer = await send_form(client, page.form, reader, **fields)
    assert answer.status == 412
    assert "Не сохранено: дело изменилось" in answer.text
    kept_fields = {name: answer.form.fields.get(name) for name in case.fields}
    assert kept_fields == dict(case.fields), "what was typed can be sent again"
    if ACTS[case.act].is_checked:
        answer = await send_form(client, answer.form, reader)
        assert answer.status == 200, answer.text
    answers = await asyncio.gather(*(send_form(client, answer.form, reader) for _ in range(2)))
    assert sorted(answer.status for answer in answers) == [200, 409]
    (done_page,) = [answer for answer in answers if answer.status == 200]
    assert done_page.path == page.path.removesuffix(f"/{case.act}")
    assert done_page.text_of("//*[@role='status' and contains(@class, 'banner')]")
    (refusal,) = [answer for answer in answers if answer.status != 200]
    assert "Это уже сделано" in refusal.text
    await _check_typed_texts_stay(client, case, refusal)
    (line,) = await people.fetch_rows(database, "SELECT status FROM application")
    assert line.status == case.status


async def _check_typed_texts_stay(
    client: httpx.AsyncClient, case: ActCase, refusal: DeskPage
) -> None:
    """What can no longer be sent can still be read and copied, in another language as well."""
    if not case.fields:
        return
    english = await _change_language(client, case, refusal)
    assert _list_typed_texts(refusal)
    if english.has_form:  # the case takes the same act again
        assert {name: english.form.fields.get(name) for name in case.fields} == dict(case.fields)
    else:
        assert _list_typed_texts(english) == _list_typed_texts(refusal)


def _list_typed_texts(page: DeskPage) -> list[str]:
    return list(page.tree.xpath("//section[@class='unsent']//*[@class='typed']/text()"))


async def _change_language(client: httpx.AsyncClient, case: ActCase, page: DeskPage) -> DeskPage:
    (switch,) = page.tree.xpath("//header//button[@name='change_language']")
    (form,) = page.tree.xpath(f"//main//form[@id='{switch.get('form')}']")
    sent_form = replace(read_form(form), action=switch.get("formaction"))
    answer = await send_form(client, sent_form, dict(case.reader), change_language="en")
    assert answer.tree.get("lang") == "en"
    return answer


async def test_after_no_show_another_day_needs_the_contract(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    path = await find_case(client, await miss_examination(client, clock))
    page = await open_page(client, f"{path}/appointment")
    fields = {**APPOINTMENT, "starts_on-day": "5", "reason": "Пункт 4.2"}
    changes = escape(fields)
    refusal = await send_form(client, page.form, **changes)
    assert (refusal.status, list(refusal.summary)) == (422, ["by_contract"])
    answer = await send_form(client, refusal.form, by_contract="yes")
    assert answer.status == 200
    assert "ждёт экзамена" in answer.text


async def test_absence_is_recorded_when_the_time_has_come_and_may_close_the_case(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    starts_at = "2026-03-02T14:00:00+03:00"
    application_id = await people.schedule_examination(client, starts_at=starts_at)
    path = await find_case(client, application_id)
    assert "Отметить неявку" not in (await open_page(client, path)).acts
    assert (await open_page(client, f"{path}/no-show")).status == 409
    clock.advance(hours=4)
    page = await open_page(client, f"{path}/no-show")
    assert (await send_form(client, page.form)).status == 200
    page = await open_page(client, f"{path}/closure")
    assert "продолжить его будет нельзя" in page.text
    answer = await send_form(client, page.form)
    assert "Дело завершено" in answer.text
    assert (await get_application(client, application_id))["status"] == "closed"


async def test_rows_are_added_without_a_script_and_without_a_limit_of_five(
    client: httpx.AsyncClient,
) -> None:
    path = await find_case(client, await people.schedule_examination(client))
    page = await open_page(client, f"{path}/examination")
    form = page.form
    for count in range(2, 9):
        page = await send_form(client, form, add="theory")
        form = page.form
        assert f"theory-{count - 1}-points" in form.fields
        assert form.fields["theory-rows"] == str(count)
        (focus,) = page.tree.xpath("//*[@autofocus]")
        assert focus.get("name") == f"theory-{count - 1}-criterion"
    scores = {f"theory__{row}__criterion": f"Критерий {row}" for row in range(8)}
    scores |= {f"theory__{row}__points": "9" for row in range(8)}
    scores |= {f"theory__{row}__required_points": "8,5" for row in range(8)}
    typed_fields = escape(PROTOCOL)
    check = await send_form(client, form, **{**typed_fields, **scores})
    assert check.text.count("9 при пороге 8,5: сдано") == 8
    answer = await send_form(client, check.form)
    assert answer.status == 200
    assert "Критерий 7" in answer.text


async def test_a_blank_row_between_others_is_no_fault(client: httpx.AsyncClient) -> None:
    path = await find_case(client, await people.schedule_examination(client))
    page = await open_page(client, f"{path}/examination")
    typed_fields = escape(PROTOCOL)
    gap = {
        "theory__2__criterion": "Второй",
        "theory__2__required_points": "5",
        "theory__2__points": "x",
    }
    refusal = await send_form(client, page.form, **{**typed_fields, **gap})
    assert refusal.summary.keys() == {"theory-1-points"}, "the row has moved up with its error"
    assert "Теоретическая часть, строка 2, Баллы" in refusal.summary["theory-1-points"]
    assert refusal.form.fields["theory-1-points"] == "x"


async def test_days_and_times_are_understood_as_people_write_them(
    client: httpx.AsyncClient,
) -> None:
    path = await find_case(client, await people.admit_applicant(client))
    page = await open_page(client, f"{path}/appointment")
    answer = await send_form(
        client,
        page.form,
        starts_on__day="2 марта 2026",
        starts_on__year="",
        starts_time="1530",
        place="Зал 1",
        agreed__applicant="yes",
    )
    assert answer.status == 200
    assert "Назначен на 2 марта 2026 г., 15:30" in answer.text
    for day, month, clock_time, wrong_field in (
        ("31", "2", "12:00", "starts_on"),
        ("3", "3", "25:00", "starts_time"),
        ("3", "3", "", "starts_time"),
        ("1", "3", "12:00", "starts_on"),
    ):
        page = await open_page(client, f"{path}/appointment")
        refusal = await send_form(
            client,
            page.form,
            starts_on__day=day,
            starts_on__month=month,
            starts_time=clock_time,
            agreed__applicant="yes",
            reason="Болезнь",
        )
        assert (refusal.status, list(refusal.summary)) == (422, [wrong_field]), (day, clock_time)


async def test_what_was_typed_last_is_proposed(client: httpx.AsyncClient) -> None:
    await people.send_to_council(client)
    await people.refuse_certification(client)
    path = await find_case(client, await people.schedule_examination(client))
    fields = (await open_page(client, f"{path}/examination")).form.fields
    assert fields["theory-0-criterion"] == "Верные ответы"
    assert fields["theory-0-required_points"] == "60"
    assert (fields["theory-0-points"], fields["protocol_number"]) == ("", "")
    assert [fields[f"commission-{row}-name"] for row in range(2)] == ["Е. Орлова", "К. Седов"]
    assert fields["theory_on-day"] == "2"
    path = await find_case(client, await people.admit_applicant(client))
    fields = (await open_page(client, f"{path}/appointment")).form.fields
    assert fields["place"] == "Санкт-Петербург, ул. Галерная, д. 3"
    path = await find_case(client, await people.send_to_council(client))
    fields = (await open_page(client, f"{path}/decision?outcome=certify", SECRETARY)).form.fields
    assert (fields["protocol_number"], fields["member-1-name"]) == ("СПК-4", "П. Лисин")
    assert fields["outcome"] == "certify"


async def test_an_act_that_does_not_exist_is_no_page(client: httpx.AsyncClient) -> None:
    path = await find_case(client, await people.submit_application(client))
    for name in ("nothing", "registry-entry", "review", "admit/check", "delivery/check"):
        answer = await client.post(
            f"{path}/{name}", headers={"Authorization": "", **CLERK}, data={}
        )
        assert answer.status_code == 404, name
    for name in ("nothing", "registry-entry", "review"):
        assert (await open_page(client, f"{path}/{name}")).status == 404, name
