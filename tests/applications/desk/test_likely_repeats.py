"""A case says which other open cases may be the same person's application once more."""

from typing import Any

import httpx

from tests.applications import people
from tests.applications.desk.desk_pages import CLERK, SECRETARY, find_case, open_page
from tests.applications.people import send_step


async def submit_form(client: httpx.AsyncClient, **applicant: Any) -> tuple[str, str]:
    """The id and the number of the case of an application with a changed applicant."""
    answer = await client.post("/v1/applications", json=people.applicant(**applicant))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.json()["number"]


async def test_a_case_names_its_likely_repeats(client: httpx.AsyncClient) -> None:
    application_id = await people.submit_application(client)
    _, in_latin = await submit_form(
        client, family_name="Petrova Vodkina", given_name="Anna", patronymic=None
    )
    _, in_other_spelling = await submit_form(client, family_name="ПЕТРОВА ВОДКИНА")
    _, of_another_birth = await submit_form(client, birth_date="1999-12-30")
    _, of_another_name = await submit_form(client, given_name="Вера")
    closed_id, of_a_closed_case = await submit_form(client)
    assert (await send_step(client, closed_id, "withdraw")).status_code == 200
    path = await find_case(client, application_id)
    for reader in (CLERK, SECRETARY):
        page = await open_page(client, path, reader)
        (notice,) = page.tree.xpath("//p[@class='notice']")
        assert "тот же человек" in notice.text_content()
        links = [link.get("href") for link in notice.xpath(".//a")]
        assert links == [f"/ru/cases/{number}" for number in (in_latin, in_other_spelling)]
    for number in (of_another_birth, of_another_name, of_a_closed_case):
        assert number not in page.text
