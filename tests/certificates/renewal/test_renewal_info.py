"""Anybody who holds number and date learns when to renew, and nothing that verification hides."""

from datetime import date, timedelta

import httpx
import pytest
from sqlalchemy import text

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from shared.db import Database, execute
from tests.certificates.approvals import NUMBER, QUALIFICATION, QUESTION, rows
from tests.certificates.renewal.cohorts import at_noon, give_windows, read_windows
from tests.certificates.verification.test_pages import page_text
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving

END = date(2029, 3, 2)
TODAY = END - timedelta(days=210)
INFO = "/v1/renewal-info"
PAGE = f"/verify/{NUMBER}/2026-03-02"
pytestmark = pytest.mark.usefixtures("issued_certificate")


@pytest.fixture
async def window(
    issued_certificate: None,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> tuple[date, date]:
    """The window that the certificate has got."""
    clock.instant = at_noon(TODAY)
    await give_windows(database, settings, clock)
    (row,) = await read_windows(database)
    return row.starts_on, row.ends_on


async def test_the_window_is_told_to_who_knows_number_and_date(
    client: httpx.AsyncClient, window: tuple[date, date], settings: CertificatesSettings
) -> None:
    answer = await client.get(INFO, params=QUESTION, headers={"Authorization": ""})
    assert answer.status_code == 200
    starts_on, ends_on = window
    assert answer.json() == {
        "number": NUMBER,
        "issued_on": "2026-03-02",
        "valid_until": "2029-03-02",
        "ends_on": "2029-03-02",
        "suggested_window": {"starts_on": str(starts_on), "ends_on": str(ends_on)},
        "explanation_url": f"{settings.site_url}/renewal",
    }
    assert answer.headers["retry-after"] == "21600"
    assert answer.headers["cache-control"] == "public, max-age=60, must-revalidate"
    tag = {"If-None-Match": answer.headers["etag"]}
    again = await client.get(INFO, params=QUESTION, headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["retry-after"] == "21600"


async def test_a_councils_move_changes_answer_tag_and_page(
    client: httpx.AsyncClient, window: tuple[date, date], database: Database
) -> None:
    before = await client.get(INFO, params=QUESTION)
    url = "https://council.example/why?a=%3Cb%3E&amp=1"
    statement = """
        WITH act AS (
            INSERT INTO renewal_pull_forward VALUES (gen_random_uuid(), :qualification, 'Совет',
                :day, :day, :day, :day, 'Тайная причина', :url, 1, 'tester', now()) RETURNING id)
        UPDATE renewal_window SET starts_on = :day, ends_on = :day,
            pull_forward_id = (SELECT id FROM act)
    """
    async with database.transaction() as session:
        parameters = {"qualification": QUALIFICATION.id, "day": TODAY, "url": url}
        await execute(session, text(statement), parameters)
    tag = {"If-None-Match": before.headers["etag"]}
    after = await client.get(INFO, params=QUESTION, headers=tag)
    assert after.status_code == 200
    assert after.json()["explanation_url"] == url
    assert after.json()["suggested_window"] == {"starts_on": str(TODAY), "ends_on": str(TODAY)}
    page = await client.get(f"/ru{PAGE}")
    assert 'href="https://council.example/why?a=%3Cb%3E&amp;amp=1"' in page.text
    assert "Тайная" not in page.text + after.text


async def test_before_it_has_a_window_a_certificate_says_none(client: httpx.AsyncClient) -> None:
    answer = await client.get(INFO, params=QUESTION)
    assert (answer.status_code, answer.json()["suggested_window"]) == (200, None)


@pytest.mark.parametrize("what", ["annulled", "expired"])
async def test_what_is_not_valid_has_no_window(
    client: httpx.AsyncClient,
    window: tuple[date, date],
    database: Database,
    clock: ManualClock,
    what: str,
) -> None:
    if what == "annulled":
        (row,) = await rows(database, "SELECT id FROM certificate")
        annulment = {"reason": "Выдано по ошибке совета", "basis": "Протокол 5"}
        path = f"/v1/certificates/{row.id}/annul"
        assert (await client.post(path, json=annulment)).is_success
    else:
        clock.instant = at_noon(END + timedelta(days=1))
    answer = await client.get(INFO, params=QUESTION)
    assert (answer.status_code, answer.json()["suggested_window"]) == (200, None)
    page = await client.get(f"/ru{PAGE}")
    assert "/ru/renewal" not in page.text


@pytest.mark.parametrize(
    "question",
    [
        {**QUESTION, "issued_on": "2026-03-03"},
        {**QUESTION, "number": "07.01000.00.99999999.29"},
    ],
)
async def test_an_unknown_certificate_counts_as_guessing_of_verification(
    settings: CertificatesSettings, clock: ManualClock, question: dict[str, str]
) -> None:
    strict = settings.model_copy(update={"public_unknown_rate": "1/hour"})
    async with serving(create(strict, clock), headers={}) as client:
        assert_problem(await client.get(INFO, params=question), 404, "renewal.unknown")
        # The limits are those of verification: no second way to guess.
        assert_problem(await client.get(INFO, params=QUESTION), 429, "limit.unknown")
        verification = await client.get("/v1/verification", params=QUESTION)
        assert_problem(verification, 429, "limit.unknown")
        assert int(verification.headers["retry-after"]) > 0


async def test_many_questions_are_refused(
    settings: CertificatesSettings, clock: ManualClock
) -> None:
    strict = settings.model_copy(update={"public_rate": "2/hour"})
    async with serving(create(strict, clock), headers={}) as client:
        for _ in range(2):
            assert (await client.get(INFO, params=QUESTION)).status_code == 200
        assert_problem(await client.get(INFO, params=QUESTION), 429, "limit.questions")


@pytest.mark.parametrize(
    ("question", "pointer"),
    [
        ({"number": NUMBER}, "#query/issued_on"),
        ({"issued_on": "2026-03-02"}, "#query/number"),
        ({"number": "x", "issued_on": "2026-03-02"}, "#query/number"),
        ({"number": NUMBER, "issued_on": "2026-02-30"}, "#query/issued_on"),
    ],
)
async def test_a_wrong_question_names_its_field(
    client: httpx.AsyncClient, question: dict[str, str], pointer: str
) -> None:
    answer = await client.get(INFO, params=question)
    assert answer.status_code == 422
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}


@pytest.mark.parametrize(
    ("language", "days", "link"),
    [
        ("ru", "Подтвердить снова с {} по {}", "Когда и как подтвердить квалификацию снова"),
        ("en", "Confirm again from {} to {}", "When and how to confirm the qualification again"),
    ],
)
async def test_the_page_of_a_valid_certificate_names_its_days_and_leads_to_why(
    client: httpx.AsyncClient,
    window: tuple[date, date],
    language: str,
    days: str,
    link: str,
) -> None:
    page = await client.get(f"/{language}{PAGE}")
    words = page_text(page).replace("\xa0", " ")
    first_day, last_day = (f"{day.day} " for day in window)
    assert days.split(" {}", maxsplit=1)[0] in words
    assert first_day in words
    assert last_day in words
    assert link in words
    past = await client.get(f"/{language}{PAGE}?on=2026-04-01")
    assert f"/{language}/renewal" not in past.text


async def test_the_address_without_a_language_leads_to_the_readers(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/renewal", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.headers["location"]) == (307, "/en/renewal")
    page = await client.get("/en/renewal")
    words = page_text(page)
    assert "between day 180 and day 45 before the end" in words
    assert "Why these days" in words
