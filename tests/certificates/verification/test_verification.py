"""Verification: derived from the date and the clock, silent about people."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import NUMBER, QUESTION, approval, delivery
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving


async def _verdict(client: httpx.AsyncClient, **question: str) -> dict[str, object]:
    answer = await client.get("/v1/verification", params={**QUESTION, **question})
    assert answer.status_code == 200, answer.text
    answer_body: dict[str, object] = answer.json()
    return answer_body


@pytest.mark.usefixtures("issued_certificate")
async def test_a_valid_certificate_is_told_with_what_it_certifies_and_no_person(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/v1/verification", params=QUESTION)
    assert answer.json() == {
        "verdict": "valid",
        "valid": True,
        "explanation": "The certificate is valid through 2\u00a0March\u00a02029.",
        "checked_on": "2026-03-02",
        "certificate": {
            "number": NUMBER,
            "qualification": "Оператор контактного центра",
            "level": 3,
            "registry_number": None,
            "term_confirmed": True,
            "council": "Совет по профессиональным квалификациям",
            "issued_on": "2026-03-02",
            "valid_until": "2029-03-02",
            "ends_on": "2029-03-02",
        },
        "successor": None,
        "recheck_on": "2028-12-02",
        "known_at_the_time": None,
        "name_matches": None,
        "evidence": None,
    }


@pytest.mark.usefixtures("issued_certificate")
async def test_the_explanation_is_in_the_language_that_is_asked_for(
    client: httpx.AsyncClient,
) -> None:
    sentences = {
        "": "The certificate is valid through 2 March 2029.",
        "de": "The certificate is valid through 2 March 2029.",
        "ru-RU,ru;q=0.9,en;q=0.8": "Свидетельство действует по 2 марта 2029 г. включительно.",
    }
    tags = set()
    for language, sentence in sentences.items():
        headers = {"Accept-Language": language}
        answer = await client.get("/v1/verification", params=QUESTION, headers=headers)
        many = await client.post("/v1/verification/many", json=[QUESTION], headers=headers)
        named = await client.post("/v1/verification", json=QUESTION, headers=headers)
        bodies = [answer.json(), many.json()["items"][0]["answer"], named.json()]
        assert {body["explanation"].replace("\u00a0", " ") for body in bodies} == {sentence}
        assert "Accept-Language" in answer.headers["Vary"]
        tags.add(answer.headers["ETag"])
    assert len(tags) == 2, "who asks again in another language is not told that nothing has changed"


@pytest.mark.usefixtures("issued_certificate")
@pytest.mark.parametrize(
    "question", [{"number": "07.01000.00.00000002.29"}, {"issued_on": "2026-03-03"}]
)
async def test_what_does_not_match_is_not_found_and_does_not_say_which_part(
    client: httpx.AsyncClient, question: dict[str, str]
) -> None:
    answer_body = await _verdict(client, **question)
    assert answer_body["verdict"] == "not_found"
    assert answer_body["certificate"] is None


@pytest.mark.usefixtures("issued_certificate")
@pytest.mark.parametrize(
    ("zone", "last_second"),
    [
        ("UTC", datetime(2029, 3, 2, 23, 59, 59, tzinfo=UTC)),
        ("Europe/Moscow", datetime(2029, 3, 2, 20, 59, 59, tzinfo=UTC)),
        ("Asia/Vladivostok", datetime(2029, 3, 2, 13, 59, 59, tzinfo=UTC)),
    ],
)
async def test_it_expires_at_the_civil_midnight_after_its_last_day(
    settings: CertificatesSettings, clock: ManualClock, zone: str, last_second: datetime
) -> None:
    local_settings = settings.model_copy(update={"time_zone": ZoneInfo(zone)})
    async with serving(create(local_settings, clock)) as client:
        clock.instant = last_second
        assert (await _verdict(client))["valid"] is True
        clock.advance(seconds=1)
        assert (await _verdict(client))["verdict"] == "expired"


@pytest.mark.parametrize(
    ("question", "pointer"),
    [
        ({"number": NUMBER}, "#query/issued_on"),
        ({"issued_on": "2026-03-02"}, "#query/number"),
        ({**QUESTION, "issued_on": "02.03.2026"}, "#query/issued_on"),
        ({**QUESTION, "issued_on": "2026-02-30"}, "#query/issued_on"),
        ({**QUESTION, "number": "1"}, "#query/number"),
        ({**QUESTION, "number": "x" * 61}, "#query/number"),
        ({**QUESTION, "number": "07.01000.00'; --"}, "#query/number"),
    ],
)
async def test_malformed_questions_are_problems_that_name_the_parameter(
    client: httpx.AsyncClient, question: dict[str, str], pointer: str
) -> None:
    answer = await client.get("/v1/verification", params=question)
    assert_problem(answer, 422, "request.invalid", pointer)


async def test_nul_is_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/verification?number=a%00&issued_on=2026-03-02")
    assert_problem(answer, 400, "request.nul")


async def test_lists_page_exactly_and_leave_the_holders_out(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock
) -> None:
    for _ in range(25):
        await consumer.handle_record(delivery(approval(), clock.now()))
    numbers: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get("/v1/certificates", params={"limit": "7", **cursor})).json()
        assert all("holder" not in item for item in page["items"])
        numbers += [item["number"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert sorted(numbers) == [f"07.01000.00.{serial:08d}.29" for serial in range(1, 26)]


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIiwiYiJd", "WyIyMDI2LTAxLTAxIiwgImIiXQ"])
@pytest.mark.parametrize("path", ["/v1/certificates", "/v1/notices"])
async def test_forged_cursors_are_problems(
    client: httpx.AsyncClient, path: str, cursor: str
) -> None:
    answer = await client.get(path, params={"cursor": cursor})
    assert_problem(answer, 422, "paging.cursor", "#query/cursor")


async def test_an_unknown_certificate_is_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/certificates/11111111-1111-4111-8111-111111111111")
    assert_problem(answer, 404, "certificate.unknown")
