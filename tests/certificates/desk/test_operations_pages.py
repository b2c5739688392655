"""The pages of operations over HTTP: who may read them, what they show, what a failure costs."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from lxml import html
from lxml.html import HtmlElement
from sqlalchemy import text

from services.certificates.main import SCHEDULED_JOBS
from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.expiries import EXPIRY_WEEKS_JOB
from services.certificates.validity.gauges import NOTICES_JOB
from services.certificates.validity.scan import scan_due_notices
from shared.db import Database, execute
from shared.job_states.gauges import UPKEEP_INTERVALS
from shared.job_states.set_aside import list_set_aside, set_row_aside
from shared.job_states.states import record_failure, record_success
from shared.messaging.consumer import Consumer
from shared.messaging.dead_letters import store_dead_letter
from shared.messaging.envelope import Record
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import approval, delivery, rows
from tests.certificates.loads import load_certificates
from tests.clock import ManualClock
from tests.words import list_codes, list_foreign_sentences

ISSUED_ON = date(2026, 3, 2)
OPERATOR = tokens.browser(Scope.OPERATE, subject="operations")
HOSTILE = "</pre><script>alert(1)</script>\"'{{ 7*7 }}"
PATHS = (
    *("", "/notices", "/rehearsal", "/due", "/expiring", "/registry", "/endpoints"),
    *("/certificates", "/certificates/set-aside", "/certificates/dead-letters"),
    "/certificates/parked-events",
)


@pytest.fixture
def browser(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The service over HTTP as somebody of operations sees it."""
    client.headers.pop("Authorization", None)
    client.headers.update(OPERATOR)
    return client


@pytest.fixture
async def letter(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> Record:
    """An approval that could not be handled, with a hostile key and detail."""
    record = delivery(approval(), clock.now())
    await store_dead_letter(database, record, "failure", HOSTILE, 2)
    return record


async def _open(browser: httpx.AsyncClient, path: str, status: int = 200) -> HtmlElement:
    response = await browser.get(path)
    assert response.status_code == status, response.text
    return _read(response, path[1:3])


def _read(response: httpx.Response, language: str) -> HtmlElement:
    names = {"Белова", "Анна", "Сергеевна", "operations"}
    assert list_foreign_sentences(response.text, language, names) == []
    assert list_codes(response.text) == []
    assert "<script>alert" not in response.text
    return html.fromstring(response.text)


def _tiles(page: HtmlElement) -> dict[str, tuple[str, str | None]]:
    return {
        tile.xpath("string(span[2])"): (tile.xpath("string(span[1])"), tile.get("href"))
        for tile in page.xpath("//*[contains(@class, 'tile') and span and not(ancestor::template)]")
        if "tile" in tile.get("class").split()
    }


def _cells(page: HtmlElement) -> list[list[str]]:
    return [
        [" ".join(cell.text_content().split()) for cell in row.xpath("./th | ./td")]
        for row in page.xpath("//main//table[@role='table']/tbody/tr")
    ]


@pytest.mark.parametrize("path", PATHS)
async def test_only_operations_may_read(browser: httpx.AsyncClient, path: str) -> None:
    for language in ("ru", "en"):
        await _open(browser, f"/{language}/operations{path}")
    other_scopes = set(Scope) - {Scope.OPERATE}
    headers = tokens.browser(*other_scopes, subject="clerk")
    response = await browser.get(f"/ru/operations{path}", headers=headers)
    assert response.status_code == 403
    assert "Эксплуатация" not in html.fromstring(response.text).xpath("string(//nav)")
    response = await browser.get(f"/ru/operations{path}", headers={"Cookie": ""})
    assert response.status_code == 401


async def test_posts_are_for_operations_on_this_site_alone(
    browser: httpx.AsyncClient, letter: Record
) -> None:
    other_scopes = set(Scope) - {Scope.OPERATE}
    letter_acts = [f"dead-letters/1/{act}" for act in ("payload", "replay")]
    for path in ("set-aside", *letter_acts, "parked-events/1", "parked-events/1/replay"):
        address = f"/ru/operations/certificates/{path}"
        for headers in (
            tokens.browser(*other_scopes, subject="clerk"),
            {"Sec-Fetch-Site": "cross-site"},
        ):
            response = await browser.post(address, headers=headers, data={"row": "x/y"})
            assert response.status_code == 403


@pytest.mark.parametrize("path", PATHS)
async def test_what_an_address_names_wrongly_is_no_failure(
    browser: httpx.AsyncClient, path: str
) -> None:
    query = "page=x&week=9999-12-31&qualification=no&days=x&kind=x&reason=x&published=x&nothing=1"
    for page_text in ("0", "-1", "999999999999", "٣"):
        response = await browser.get(f"/en/operations{path}?{query}&page={page_text}")
        assert response.status_code == 200
    await _open(browser, f"/en/operations{path}?week=0001-01-01")


async def test_each_figure_of_the_overview_leads_to_its_rows(
    browser: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    letter: Record,
    three: list[UUID],
) -> None:
    today = clock.now().date()
    await load_certificates(database, [today + timedelta(days=40)] * 4, today - timedelta(days=400))
    due = text("UPDATE certificate SET next_notice_on = :day WHERE number LIKE 'load-%'")
    async with database.transaction() as session:
        await execute(session, due, {"day": today - timedelta(days=2)})
        await set_row_aside(session, NOTICES_JOB, str(uuid4()), "ValueError", clock.now())
        await record_failure(session, NOTICES_JOB, 300, "OSError", clock.now())
        await execute(session, text("UPDATE feed_entry SET position = NULL WHERE position = 3"))
    await _count_expiries(database, settings, clock)
    page = await _open(browser, "/en/operations")
    tiles = _tiles(page)
    figures = {href: figure for figure, href in tiles.values()}
    # All but the one that has counted expiries.
    troubled_jobs = len(SCHEDULED_JOBS) + len(UPKEEP_INTERVALS) - 1
    assert figures == {
        "/en/operations/due": "4",
        "/en/operations/certificates#jobs": str(troubled_jobs),
        "/en/operations/certificates/set-aside": "1",
        "/en/operations/certificates#outbox": "3",
        "/en/operations/certificates/parked-events": "0",
        "/en/operations/certificates#lag": "0",
        "/en/operations/certificates/dead-letters": "1",
        "/en/operations/registry#unsequenced": "1",
        "/en/operations/registry": "2",
        "/en/operations/endpoints": "0",
    }
    assert len(_cells(await _open(browser, "/en/operations/due"))) == 4
    assert len(_cells(await _open(browser, "/ru/operations/registry"))) == 3
    service = await _open(browser, "/ru/operations/certificates")
    assert _tiles(await _open(browser, "/en/operations/certificates")) == tiles
    assert len(_cells(service)) == len(SCHEDULED_JOBS) + len(UPKEEP_INTERVALS) + 3
    assert "последний обход не удался" in service.text_content()
    assert len(_cells(await _open(browser, "/ru/operations/certificates/dead-letters"))) == 1
    weeks = {
        link.get("href"): int(link.xpath("string(../../td)"))
        for link in service.xpath("//figure//td/../th/a")
    }
    assert len(weeks) == 53
    week = today + timedelta(days=40)
    monday = week - timedelta(days=week.weekday())
    assert weeks[f"/ru/operations/expiring?week={monday}"] == sum(weeks.values()) == 4
    assert len(_cells(await _open(browser, f"/en/operations/expiring?week={monday}"))) == 4


async def _count_expiries(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await Duties(database, clock, settings).count_expiries()
    async with database.transaction() as session:
        await record_success(session, EXPIRY_WEEKS_JOB, 3600, 0, clock.now())


def _read_weeks(page: HtmlElement) -> dict[str, int]:
    """The figures of the chart that are not 0, by the Monday of the week."""
    figures = {
        link.get("href").rpartition("=")[2]: int(link.xpath("string(../../td)"))
        for link in page.xpath("//figure//td/../th/a")
    }
    return {monday: number for monday, number in figures.items() if number}


async def test_the_chart_of_weeks_says_when_it_was_counted(
    browser: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    page = await _open(browser, "/en/operations/certificates")
    assert "Not counted yet" in page.text_content()
    assert page.xpath("//figure") == []
    today = clock.now().date()
    ends = [today - timedelta(days=1), today, *[today + timedelta(days=8)] * 3]
    await load_certificates(database, ends, today - timedelta(days=400))
    await _count_expiries(database, settings, clock)
    page = await _open(browser, "/en/operations/certificates")
    assert "Counted on 2 March 2026, 12:00" in " ".join(page.text_content().split())
    assert _read_weeks(page) == {"2026-03-02": 1, "2026-03-09": 3}
    clock.advance(days=1)
    stale = " ".join((await _open(browser, "/en/operations/certificates")).text_content().split())
    assert "Counted on 2 March 2026, 12:00" in stale
    clock.advance(days=8)
    await _count_expiries(database, settings, clock)
    assert _read_weeks(await _open(browser, "/en/operations/certificates")) == {}


async def test_the_chart_of_weeks_reads_no_certificate(
    browser: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    today = clock.now().date()
    await load_certificates(database, [today + timedelta(days=8)] * 3, today - timedelta(days=400))
    await _count_expiries(database, settings, clock)
    async with database.transaction() as session:
        await execute(session, text("ALTER TABLE certificate RENAME TO gone"))
    assert _read_weeks(await _open(browser, "/en/operations/certificates")) == {"2026-03-09": 3}


async def test_the_overview_is_sent_again_only_when_it_has_changed(
    browser: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    for path in ("/ru/operations", "/ru/operations/certificates"):
        response = await browser.get(path)
        tag = response.headers["ETag"]
        clock.advance(minutes=1)
        again = await browser.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag
        assert (await browser.get(path, headers={"If-None-Match": '"other"'})).status_code == 200
        async with database.transaction() as session:
            await set_row_aside(session, NOTICES_JOB, str(uuid4()), "ValueError", clock.now())
        changed = await browser.get(path, headers={"If-None-Match": tag})
        assert changed.status_code == 200
        assert changed.headers["ETag"] != tag


@pytest.mark.parametrize(
    ("table", "path", "label", "dead_tiles"),
    [
        ("set_aside", "", "Отложенные строки", 2),  # which due notices leave out
        ("outbox", "", "Неотправленные события", 2),
        ("job_state", "/certificates", "Работы, которые стоят или не удаются", 1),
        ("dead_letter", "/certificates", "Необработанные события", 1),
    ],
)
async def test_a_table_that_does_not_answer_costs_its_panel_alone(
    browser: httpx.AsyncClient,
    database: Database,
    table: str,
    path: str,
    label: str,
    dead_tiles: int,
) -> None:
    async with database.transaction() as session:
        await execute(session, text(f"ALTER TABLE {table} RENAME TO gone"))
    tiles = _tiles(await _open(browser, f"/ru/operations{path}"))
    assert tiles[label] == ("Нет ответа", None)
    assert sum(figure == "Нет ответа" for figure, _ in tiles.values()) == dead_tiles


async def test_pages_without_a_database_say_so(
    browser: httpx.AsyncClient, database: Database
) -> None:
    async with database.transaction() as session:
        for table in (
            *("certificate", "validity_notice", "feed_entry", "webhook_endpoint"),
            *("set_aside", "dead_letter", "outbox"),
        ):
            await execute(session, text(f"ALTER TABLE {table} RENAME TO gone_{table}"))
    for path in PATHS[1:]:
        page = await _open(browser, f"/ru/operations{path}")
        assert "Нет ответа" in page.text_content(), path


async def test_rows_set_aside_are_tried_again_by_choice(
    browser: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    subjects = [str(uuid4()) for _ in range(3)]
    async with database.transaction() as session:
        for subject in subjects:
            await set_row_aside(
                session, NOTICES_JOB, subject, "DataError, SQLSTATE 22P02", clock.now()
            )
        await set_row_aside(session, "a-job-of-old", HOSTILE, HOSTILE, clock.now())
    path = "/ru/operations/certificates/set-aside"
    page = await _open(browser, path)
    assert sum("не принимает значение" in row[2] for row in _cells(page)) == 3
    assert len(page.xpath("//input[@name='row']")) == 4
    response = await browser.post(path)
    assert response.status_code == 422
    assert "Выберите хотя бы одну строку" in response.text
    rows_to_retry = [f"{NOTICES_JOB}/{subjects[0]}", f"a-job-of-old/{HOSTILE}", "x/\x00", "none"]
    response = await browser.post(path, data={"row": rows_to_retry})
    assert response.status_code == 303
    banner = (await _open(browser, response.headers["Location"])).xpath(
        "string(//*[@role='status'])"
    )
    assert "повторено строк: 2" in banner
    async with database.read_only_transaction() as session:
        due = {
            row.subject: row.retry_at <= clock.now() for row in await list_set_aside(session, 10)
        }
    assert due == {subjects[0]: True, HOSTILE: True, subjects[1]: False, subjects[2]: False}


async def test_a_dead_letter_is_replayed(
    browser: httpx.AsyncClient, database: Database, letter: Record
) -> None:
    path = "/en/operations/certificates/dead-letters"
    page = await _open(browser, path)
    (link,) = page.xpath("//main//table//a/@href")
    detail = await _open(browser, link)
    assert HOSTILE in detail.text_content()
    assert (letter.payload or b"").decode() not in detail.text_content()
    response = await browser.post(f"{link}/replay")
    assert response.status_code == 303
    assert (
        "The event is handled"
        in (await _open(browser, response.headers["Location"])).text_content()
    )
    assert (await rows(database, "SELECT count(*) FROM certificate"))[0][0] == 1
    assert "All events are handled" in (await _open(browser, path)).text_content()
    assert (await browser.get(f"{path}/999")).status_code == 404
    assert (await browser.get(f"{path}/{2**70}")).status_code == 404
    assert (await browser.post(f"{path}/999/replay")).status_code == 404


async def test_a_payload_is_shown_once_it_is_recorded_who_sees_it(
    browser: httpx.AsyncClient, database: Database, letter: Record, clock: ManualClock
) -> None:
    (row,) = await rows(database, "SELECT id FROM dead_letter")
    link = f"/ru/operations/certificates/dead-letters/{row.id}"
    assert (await browser.get(f"{link}/payload")).status_code == 405
    assert await rows(database, "SELECT * FROM disclosure") == []
    response = await browser.post(f"{link}/payload")
    page = _read(response, "ru")
    assert json.loads(page.xpath("string((//*[@class='code-block']/pre)[2])")) == json.loads(
        letter.payload or b""
    )
    assert response.headers["Cache-Control"] == "private, no-store"
    (disclosure,) = await rows(database, "SELECT * FROM disclosure")
    assert (disclosure.subject, disclosure.resource, disclosure.disclosed_at) == (
        "operations",
        f"dead letter {row.id}",
        clock.now(),
    )


async def test_a_dead_letter_is_discarded_for_a_reason(
    browser: httpx.AsyncClient, database: Database, letter: Record
) -> None:
    (row,) = await rows(database, "SELECT id FROM dead_letter")
    link = f"/ru/operations/certificates/dead-letters/{row.id}"
    for reason in ("", "мало", "x" * 1001, "нуль \x00 внутри текста"):
        response = await browser.post(link, data={"reason": reason})
        assert response.status_code == 422, reason
        _read(response, "ru")
    switched = await browser.post(
        f"/en{link[3:]}", data={"reason": "мало", "change_language": "en"}
    )
    assert switched.status_code == 200
    assert "мало" in html.fromstring(switched.text).xpath("string(//textarea)")
    reason = f"Издатель отозвал его. {HOSTILE}"
    response = await browser.post(link, data={"reason": reason})
    page = await _open(browser, response.headers["Location"])
    assert "Событие отброшено" in page.xpath("string(//*[@role='status'])")
    assert page.xpath("//form[contains(@action, 'replay') or @id='act']") == []
    (row,) = await rows(database, "SELECT status, detail FROM dead_letter")
    assert (row.status, row.detail) == ("discarded", reason)
    late_reason = "Поздно пришедшее"
    late = await browser.post(link, data={"reason": late_reason})
    assert late.status_code == 404
    assert late_reason in late.text
    late = await browser.post(link, data={"reason": late_reason, "change_language": "ru"})
    assert late_reason in _read(late, "ru").xpath("string(//textarea)")


async def test_an_event_that_no_broker_takes_is_let_go_or_given_up(
    browser: httpx.AsyncClient, database: Database, three: list[UUID]
) -> None:
    spoil = text(
        "UPDATE outbox SET parked_at = clock_timestamp(), park_reason = 'MessageSizeTooLargeError',"
        " key = :key"
    )
    async with database.transaction() as session:
        await execute(session, spoil, {"key": HOSTILE})
    path = "/en/operations/certificates/parked-events"
    links = (await _open(browser, path)).xpath("//main//table//a/@href")
    assert len(links) == 3
    detail = (await _open(browser, links[0])).text_content()
    assert HOSTILE in detail
    assert "larger than the broker takes" in detail
    response = await browser.post(f"{links[0]}/replay")
    page = await _open(browser, response.headers["Location"])
    assert len(page.xpath("//main//table//a/@href")) == 2
    assert page.xpath("//*[@role='status']")
    for reason in ("", "мало", "x" * 1001):
        refused = await browser.post(links[1], data={"reason": reason})
        assert refused.status_code == 422
        _read(refused, "en")
    switched = await browser.post(
        f"/ru{links[1][3:]}", data={"reason": "мало", "change_language": "ru"}
    )
    assert "мало" in _read(switched, "ru").xpath("string(//textarea)")
    response = await browser.post(links[1], data={"reason": "It is told by hand."})
    assert response.status_code == 303
    states = "SELECT published_at IS NULL AS waits, park_reason FROM outbox ORDER BY id"
    assert [tuple(row) for row in await rows(database, states)] == [
        (True, None),
        (False, "It is told by hand."),
        (True, "MessageSizeTooLargeError"),
    ]
    for settled in (*links[:2], f"{path}/999", f"{path}/{2**70}"):
        assert (await browser.get(settled)).status_code == 404
    assert (await browser.post(f"{links[0]}/replay")).status_code == 404


async def test_who_leads_is_shown(browser: httpx.AsyncClient, database: Database) -> None:
    path = "/en/operations/certificates"
    assert "Nobody has led yet" in (await _open(browser, path)).text_content()
    lead = (
        "INSERT INTO lease VALUES ('relay', gen_random_uuid(), 3, now(),"
        " now() + interval '1 hour') ON CONFLICT (name) DO UPDATE SET expires_at = now()"
    )
    for words in ("a process leads", "nobody leads since"):
        async with database.transaction() as session:
            await execute(session, text(lead))
        assert words in (await _open(browser, path)).text_content()


async def test_the_ledger_is_filtered_and_paged(
    browser: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    await load_certificates(database, [date(2027, 1, 1)] * 60, ISSUED_ON)
    numbers = text("UPDATE certificate SET number = '07.01000.00.000000' || substr(number, 6)")
    async with database.transaction() as session:
        await execute(session, numbers)
    for day in (datetime(2026, 7, 10, 9, tzinfo=UTC), datetime(2027, 2, 1, 9, tzinfo=UTC)):
        clock.instant = day
        await scan_due_notices(database, clock, settings)
    path = "/ru/operations/notices"
    page = await _open(browser, path)
    assert len(_cells(page)) == 50
    assert "1–50 из 300" in page.text_content()
    kinds = [row[1] for row in _cells(await _open(browser, f"{path}?kind=expired"))]
    assert set(kinds) == {"срок истёк"}
    filtered = await _open(
        browser,
        f"{path}?kind=renewal_due&published=no&reason=overtaken"
        "&due_from=1.12.2026&due_to=2026-12-31&number=07.01000.00.0000007",
    )
    assert [row[1] for row in _cells(filtered)] == [
        "срок истекает за 7 дней",
        "срок истекает за 30 дней",
    ]
    chips = filtered.xpath("//ul[@class='chips']//a/@href")
    assert len(chips) == 6
    assert all(
        f"{name}=" not in chip for name, chip in zip(("number", "kind"), chips, strict=False)
    )
    assert len(_cells(await _open(browser, chips[-1]))) == 2
    empty = await _open(browser, f"{path}?number=07.01000.00.9999999")
    assert "Таких уведомлений нет" in empty.text_content()
    for query in ("number=1", "number=%3Cscript%3E", "due_from=31.02.2026", "due_to=x"):
        await _open(browser, f"{path}?{query}", 422)


async def test_a_day_is_rehearsed(
    browser: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    day = clock.now().date() + timedelta(days=60)
    await load_certificates(
        database, [day + timedelta(days=30)] * 60 + [day - timedelta(days=1)], ISSUED_ON
    )
    query = f"on-day={day.day}&on-month={day.month}&on-year={day.year}"
    page = await _open(browser, f"/en/operations/rehearsal?{query}")
    assert [row[2:] for row in _cells(page)] == [
        ["renewal is due 30 days before", "60"],
        ["expired", "1"],
    ]
    assert "Reminders of renewal: 60. Expiries: 1." in page.text_content()
    (link, _) = page.xpath("//main//table[@role='table']//td/div/a/@href")
    listed = await _open(browser, link)
    assert len(_cells(listed)) == 50
    (next_link,) = listed.xpath("//a[@rel='next']/@href")
    assert len(_cells(await _open(browser, next_link))) == 10
    for query in ("on=2020-01-01", "on=x", "on-day=31&on-month=2&on-year=2030"):
        await _open(browser, f"/ru/operations/rehearsal?{query}", 422)


async def test_jobs_say_how_they_are(
    browser: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    async with database.transaction() as session:
        await record_success(session, "notices", 300, 12, clock.now())
        await record_success(session, "feed-seal", 300, 0, clock.now() - timedelta(minutes=16))
        await record_failure(session, "feed-backfill", 300, HOSTILE, clock.now())
        await record_success(session, "a-job-of-old", 300, 0, clock.now())
    states: dict[str, Any] = {
        row[0]: row[1] for row in _cells(await _open(browser, "/en/operations/certificates"))
    }
    assert states["Notices of validity"] == "● works"
    assert states["Sealing of the feed’s days"] == "■ no success for long"
    assert states["Entering older certificates into the registry’s feed"].startswith(
        "■ the last round failed"
    )
    assert states["Clean-up of verification jobs"] == "■ no success yet"
    assert "A job of the past" not in states
