"""Any text in any field of a form is taken or told back to its field: never a failure."""

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.db import Database
from tests.applications import people
from tests.applications.desk.desk_pages import CLERK, find_case, open_page, read_page
from tests.contracts.any_input import INTEGERS, LONG_TEXTS, REQUEST_SETTINGS, TEXTS

FILLED = {
    "place": "Зал 1",
    "starts_on-day": "2 марта 2026",
    "starts_time": "15.30",
    "agreed_on-day": "02.03.2026",
    "agreed-applicant": "yes",
}


@settings(REQUEST_SETTINGS, max_examples=15)
@given(name=st.sampled_from(list(FILLED)), text=TEXTS | INTEGERS.map(str) | LONG_TEXTS)
async def test_any_text_in_a_form(
    client: httpx.AsyncClient, database: Database, name: str, text: str
) -> None:
    rows = await people.fetch_rows(database, "SELECT id FROM application WHERE status = 'admitted'")
    application_id = str(rows[0].id) if rows else await people.admit_applicant(client)
    page = await open_page(client, f"{await find_case(client, application_id)}/appointment")
    fields = page.form.fields | FILLED | {name: text}
    answer = await client.post(
        page.form.action, data=fields, headers={"Authorization": "", **CLERK}
    )
    if not answer.is_redirect:
        assert answer.status_code in {200, 413, 422}, answer.text
        assert read_page(answer).title
    counts = await people.count_rows(database)
    assert counts["appointment"] <= counts["application"]
