"""Files are attached from a case's page with the checks of the API's route."""

import httpx

from tests.applications import people
from tests.applications.desk.desk_pages import (
    CLERK,
    SECRETARY,
    DeskPage,
    find_case,
    open_page,
    read_page,
    send_form,
)


async def send_file(
    client: httpx.AsyncClient, path: str, content: bytes | None = people.PDF, **fields: str
) -> DeskPage:
    """The page that comes of sending the form with a file; redirects are followed."""
    headers = {"Authorization": "", **CLERK}
    files = {"file": ("Аттестат.pdf", content)} if content is not None else {"file": ("", b"")}
    answer = await client.post(f"{path}/attach", data=fields, files=files, headers=headers)
    if answer.is_redirect:
        return await open_page(client, answer.headers["Location"])
    return read_page(answer)


async def test_a_file_is_attached_by_the_words_of_its_kind(client: httpx.AsyncClient) -> None:
    path = await find_case(client, await people.submit_application(client))
    page = await open_page(client, f"{path}/attach")
    choices = {
        " ".join(option.text_content().split()): option.get("value")
        for option in page.tree.xpath("//select[@id='kind']/option")
    }
    assert choices["Документ о среднем образовании"] == "education_secondary"
    assert "материалы экзамена" not in choices
    answer = await send_file(client, path, kind="education_secondary")
    assert "Файл приложен: Аттестат.pdf" in answer.text
    assert "Не хватает 1 документа" in answer.text
    answer = await send_file(client, path, kind=choices["Опыт работы от 6 месяцев"], months="7")
    assert "Все документы есть" in answer.text
    assert "стаж 7 месяцев" in answer.text


async def test_materials_are_attached_at_the_examination(client: httpx.AsyncClient) -> None:
    path = await find_case(client, await people.schedule_examination(client))
    page = await open_page(client, f"{path}/attach")
    values = page.tree.xpath("//select[@id='kind']/option/@value")
    assert values == ["", "examination_material"]
    answer = await send_file(client, path, kind="examination_material")
    assert answer.text_of("//section[@aria-labelledby='examination']//li") == "Аттестат.pdf"
    form = (await open_page(client, f"{path}/examination")).form
    assert form.buttons


async def test_a_refused_file_says_which_field_and_why(client: httpx.AsyncClient) -> None:
    path = await find_case(client, await people.submit_application(client))
    for content, fields, wrong_field in (
        (None, {"kind": "training"}, "file"),
        (b"", {"kind": "training"}, "file"),
        (b"MZ\x90\x00 a program", {"kind": "training"}, "file"),
        (b"%PDF-1.7" + b"x" * 2_100_000, {"kind": "training"}, "file"),
        (people.PDF, {}, "kind"),
        (people.PDF, {"kind": "shoes"}, "kind"),
        (people.PDF, {"kind": "experience/contact_centre"}, "months"),
        (people.PDF, {"kind": "experience/contact_centre", "months": "x"}, "months"),
        (people.PDF, {"kind": "training", "months": "7"}, "months"),
    ):
        answer = await send_file(client, path, content, **fields)
        assert (answer.status, list(answer.summary)) == (422, [wrong_field]), (fields, answer.text)
        assert answer.title.startswith("Ошибка: ")
        assert answer.list_foreign_texts("ru") == []
        if "kind" in fields and fields["kind"] != "shoes":
            assert answer.form.fields["kind"] == fields["kind"]


async def test_only_the_centre_attaches_and_only_while_it_can(client: httpx.AsyncClient) -> None:
    path = await find_case(client, await people.send_to_council(client))
    assert (await open_page(client, f"{path}/attach", SECRETARY)).status == 403
    assert (await open_page(client, f"{path}/attach")).status == 409
    refusal = await send_file(client, path, kind="training")
    assert refusal.status == 409
    path = await find_case(client, await people.submit_application(client))
    page = await open_page(client, f"{path}/attach?kind=training")
    english = await send_form(client, page.form.at(f"/en{path[3:]}/attach"), change_language="en")
    assert (english.status, english.form.fields["kind"]) == (200, "training")
