"""A form that is sent after the session's end is kept for who had it, and for nobody else."""

import httpx
import pytest

from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.principal import Scope
from tests import tokens
from tests.applications import people
from tests.applications.desk.desk_pages import (
    CLERK,
    STRANGER,
    DeskPage,
    find_case,
    open_page,
    send_form,
)
from tests.clock import ManualClock

REASON = "Копия аттестата нечитаема: пришлите новую"


def clerk_until(clock: ManualClock, **claims: str) -> dict[str, str]:
    """The clerk's browser, with a session that has just ended."""
    ended_at = int(clock.now().timestamp()) - 120
    all_claims = {"subject": "clerk", "name": "И. Котова", "centre": tokens.CENTRE, **claims}
    return tokens.browser(Scope.PROCESS, exp=ended_at, **all_claims)


async def send_late(
    client: httpx.AsyncClient, clock: ManualClock, path: str, **claims: str
) -> DeskPage:
    """The page that comes of refusing an application when the session has ended."""
    form = (await open_page(client, f"{path}/decline")).form
    return await send_form(client, form, clerk_until(clock, **claims), reason=REASON)


async def count_drafts(database: Database) -> int:
    """How many drafts are kept."""
    (row,) = await people.fetch_rows(database, "SELECT count(*) AS number FROM form_draft")
    return int(row.number)


async def test_what_was_typed_waits_in_the_form_and_is_sent_by_its_person(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    path = await find_case(client, await people.begin_review(client))
    page = await send_late(client, clock, path)
    assert page.status == 401
    assert "Сеанс закончился" in page.text
    assert "Введённое сохранено" in page.text
    (link,) = page.tree.xpath("//main//a[contains(@class, 'button')]/@href")
    assert link == f"/ru/sign-in?next={path}/decline"
    (row,) = await people.fetch_rows(database, "SELECT * FROM form_draft")
    assert (row.subject, row.act) == ("clerk", "decline")
    assert "аттестата".encode() not in row.sealed_fields
    lines = await people.fetch_rows(database, "SELECT id FROM history WHERE command = 'decline'")
    assert lines == [], "nothing is done by itself"

    form_page = await open_page(client, f"{path}/decline")
    assert "сохранено. Проверьте и отправьте" in form_page.text
    assert form_page.form.fields["reason"] == REASON
    english = await open_page(client, f"/en{path[3:]}/decline")
    assert english.form.fields["reason"] == REASON
    answer = await send_form(client, form_page.form)
    assert "Отказ в приёме: И. Котова" in answer.text
    assert await count_drafts(database) == 0, "a draft is used once"


async def test_nobody_else_sees_what_was_typed(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    path = await find_case(client, await people.begin_review(client))
    await send_late(client, clock, path)
    colleague = tokens.browser(Scope.PROCESS, subject="colleague", centre=tokens.CENTRE)
    page = await open_page(client, f"{path}/decline", colleague)
    assert page.form.fields["reason"] == ""
    other_act = await open_page(client, f"{path}/return")
    assert REASON not in other_act.html
    other_case = await find_case(client, await people.begin_review(client))
    assert (await open_page(client, f"{other_case}/decline")).form.fields["reason"] == ""
    assert await count_drafts(database) == 1


async def test_what_was_typed_is_gone_after_a_day(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    path = await find_case(client, await people.begin_review(client))
    await send_late(client, clock, path)
    clock.advance(hours=23, minutes=59)
    assert (await open_page(client, f"{path}/decline")).form.fields["reason"] == REASON
    clock.advance(minutes=1)
    assert (await open_page(client, f"{path}/decline")).form.fields["reason"] == ""


@pytest.mark.parametrize(
    "claims",
    [
        {"centre": "99.001"},
        {"iss": "https://elsewhere.test"},
        {"aud": "another"},
        {"key": "forged"},
        {"exp": "long ago"},
    ],
)
async def test_nothing_is_kept_for_who_could_not_reach_the_case(
    client: httpx.AsyncClient, database: Database, clock: ManualClock, claims: dict[str, str]
) -> None:
    path = await find_case(client, await people.begin_review(client))
    if "exp" in claims:
        clock.advance(days=30)
        browser = tokens.browser(
            Scope.PROCESS,
            subject="clerk",
            centre=tokens.CENTRE,
            exp=int(clock.now().timestamp()) - 20 * 24 * 3600,
        )
        form = (await open_page(client, f"{path}/decline")).form
        page = await send_form(client, form, browser, reason=REASON)
    elif "key" in claims:
        form = (await open_page(client, f"{path}/decline")).form
        browser = clerk_until(clock)
        browser["Cookie"] = browser["Cookie"][:-6] + "AAAAAA"
        page = await send_form(client, form, browser, reason=REASON)
    else:
        page = await send_late(client, clock, path, **claims)
    assert page.status in (401, 303, 404), page.text
    assert await count_drafts(database) == 0


async def test_only_this_site_can_leave_a_draft_and_it_has_a_limit(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    path = await find_case(client, await people.begin_review(client))
    foreign = {**clerk_until(clock), "Sec-Fetch-Site": "cross-site"}
    form = (await open_page(client, f"{path}/decline")).form
    assert (await send_form(client, form, foreign, reason=REASON)).status == 403
    too_much = "я" * settings.form_draft_limit_bytes
    page = await send_form(client, form, clerk_until(clock), reason=too_much)
    assert page.status == 401
    assert "Введённое сохранено" not in page.text
    assert await count_drafts(database) == 0
    reading = await client.get(
        f"{path}/decline", headers={"Authorization": "", **clerk_until(clock)}
    )
    assert reading.status_code in (303, 401), "a form that is only opened is not kept"
    assert await count_drafts(database) == 0


async def test_a_valid_session_leaves_no_draft(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await find_case(client, await people.begin_review(client))
    form = (await open_page(client, f"{path}/decline")).form
    await send_form(client, form, STRANGER, reason=REASON)
    await send_form(client, form, CLERK, reason="")
    assert await count_drafts(database) == 0
