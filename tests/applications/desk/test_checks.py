"""What cannot be undone is shown before it is done, can be changed, and is named on its button."""

import httpx

from shared.db import Database
from tests.applications import people
from tests.applications.desk.desk_pages import SECRETARY, find_case, open_page, send_form
from tests.applications.desk.test_acts import DECISION, PROTOCOL, escape


async def test_a_protocol_is_shown_with_its_result_before_it_is_recorded(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await find_case(client, await people.schedule_examination(client))
    page = await open_page(client, f"{path}/examination")
    rows_before = await people.count_rows(database)
    check = await send_form(client, page.form, **escape(PROTOCOL))
    assert check.path == f"{path}/examination/check"
    assert "8,5 при пороге 8: сдано" in check.text
    assert "Экзамен сдан" in check.text
    assert check.form.buttons == ["Сохранить протокол", "Изменить введённое"]
    assert await people.count_rows(database) == rows_before, "nothing is written before it"
    failed_check = await send_form(
        client, page.form, **escape({**PROTOCOL, "practice-0-points": "7,9"})
    )
    assert "7,9 при пороге 8: не сдано" in failed_check.text
    assert "Экзамен не сдан" in failed_check.text
    answer = await send_form(client, check.form)
    assert answer.path == path
    assert "Протокол Э-1: сдан" in answer.text


async def test_thresholds_of_a_part_and_of_both_are_typed_shown_and_proposed_again(
    client: httpx.AsyncClient,
) -> None:
    path = await find_case(client, await people.schedule_examination(client))
    page = await open_page(client, f"{path}/examination")
    typed_fields = {
        **PROTOCOL,
        "theory-0-required_points": "",
        "practice-0-required_points": "",
        "theory_threshold": "60,5",
        "theory_comparator": "more_than",
        "theory_maximum": "100",
        "total_threshold": "93,5",
        "total_comparator": "at_least",
    }
    check = await send_form(client, page.form, **escape(typed_fields))
    assert "85 при пороге «больше 60,5»: сдано" in check.text
    assert "93,5 при пороге «не меньше 93,5»: сдано" in check.text
    assert "Экзамен сдан" in check.text
    too_much = {**typed_fields, "theory_maximum": "80"}
    refusal = await send_form(client, page.form, **escape(too_much))
    assert "не больше 80 баллов" in refusal.text
    too_few_points = {**typed_fields, "total_threshold": "94"}
    failed_check = await send_form(client, page.form, **escape(too_few_points))
    assert "93,5 при пороге «не меньше 94»: не сдано" in failed_check.text
    assert "Экзамен не сдан" in failed_check.text
    case = await send_form(client, check.form)
    assert "93,5 при пороге «не меньше 93,5»: сдано" in case.text
    next_path = await find_case(client, await people.schedule_examination(client))
    next_form = (await open_page(client, f"{next_path}/examination")).form
    proposed_fields = {name: next_form.fields.get(name) for name in typed_fields if "_t" in name}
    assert proposed_fields == {"theory_threshold": "60.5", "total_threshold": "93.5"}
    assert next_form.fields["theory_comparator"] == "more_than"


async def test_what_was_entered_can_be_changed_with_everything_in_place(
    client: httpx.AsyncClient,
) -> None:
    path = await find_case(client, await people.schedule_examination(client))
    page = await open_page(client, f"{path}/examination")
    check = await send_form(client, page.form, **escape(PROTOCOL))
    form_again = await send_form(client, check.form, edit="yes")
    assert form_again.status == 200
    kept_fields = {name: form_again.form.fields.get(name) for name in PROTOCOL}
    assert kept_fields == PROTOCOL
    english = await send_form(
        client, check.form.at(f"/en{path[3:]}/examination/check"), change_language="en"
    )
    assert "8.5 of the pass mark 8: passed" in english.text
    assert english.form.buttons[0] == "Save the protocol"
    back = await open_page(client, f"{path}/examination/check")
    assert back.path == f"{path}/examination", "whoever reloads gets the form"


async def test_a_decision_names_what_will_be_issued(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await find_case(client, await people.send_to_council(client))
    page = await open_page(client, f"{path}/decision?outcome=certify", SECRETARY)
    assert page.form.fields["outcome"] == "certify"
    assert "Решать не могут, потому что экзаменовали: Е. Орлова, К. Седов" in page.text
    examiner = {**DECISION, "member-1-name": "к.  СЕДОВ"}
    refusal = await send_form(client, page.form, SECRETARY, **escape(examiner))
    assert (refusal.status, list(refusal.summary)) == (422, ["member-1-name"])
    check = await send_form(client, page.form, SECRETARY, **escape(DECISION))
    assert "действительное по 2 марта 2029 г. включительно" in check.text
    assert check.form.buttons[0] == "Подтвердить и выпустить свидетельство"
    assert (await people.count_rows(database))["decision"] == 0
    answer = await send_form(client, check.form, SECRETARY)
    assert "Свидетельство выпускается: ждёт выпуска" in answer.text
    assert (await people.count_rows(database))["decision"] == 1


async def test_who_failed_cannot_be_confirmed(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await find_case(client, await people.send_to_council(client, practice=people.part(30)))
    page = await open_page(client, path, SECRETARY)
    assert page.acts == ["Не подтвердить"]
    form = (await open_page(client, f"{path}/decision?outcome=refuse", SECRETARY)).form
    crafted = await send_form(client, form, SECRETARY, **escape({**DECISION, "outcome": "certify"}))
    assert (crafted.status, list(crafted.summary)) == (422, ["outcome"])
    check = await send_form(client, form, SECRETARY, **escape(DECISION))
    assert check.form.buttons[0] == "Не подтвердить и выпустить заключение"
    serials = await people.fetch_rows(
        database, "SELECT last_value, is_called FROM statement_serial"
    )
    assert [tuple(row) for row in serials] == [(1, False)], "no number is used up by looking"
    answer = await send_form(client, check.form, SECRETARY)
    assert "Заключение 78.041-000001-2026" in answer.text


async def test_a_check_that_was_overtaken_writes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await find_case(client, await people.send_to_council(client))
    page = await open_page(client, f"{path}/decision?outcome=certify", SECRETARY)
    check = await send_form(client, page.form, SECRETARY, **escape(DECISION))
    await send_form(client, check.form, SECRETARY)
    late = await send_form(client, check.form, SECRETARY)
    assert late.status == 409
    assert "Это уже сделано" in late.text
    assert (await people.count_rows(database))["decision"] == 1
    unconfirmed = {name: text for name, text in check.form.fields.items() if name != "confirmed"}
    answer = await client.post(
        check.form.action, data=unconfirmed, headers={"Authorization": "", **SECRETARY}
    )
    assert answer.status_code == 409, "without the button's word it is only checked"
