"""One box: numbers lead to their own pages, codes and words to the one qualification or a list."""

from datetime import date

import httpx
import pytest

from services.applications.application.case_number import is_case_number, parse_case_number
from services.catalog.pages.number_shapes import find_number_address
from services.certificates.certificate.number import format_number, qualification_code
from services.certificates.settings import CertificatesSettings
from tests.catalog.qualifications import draft, publish

CERTIFICATES = CertificatesSettings.model_fields


async def _find(client: httpx.AsyncClient, text: str, language: str = "ru") -> str:
    answer = await client.get(f"/{language}/find", params={"q": text})
    assert answer.status_code == 303
    return answer.headers["location"]


@pytest.mark.parametrize("serial", [1, 118, 999_999, 1_000_000, 10**17])
def test_every_case_number_leads_to_its_case(serial: int) -> None:
    number = f"26-{serial:06d}"
    assert is_case_number(number)
    for text in (
        number,
        f" № {number}",
        f"N {number}",
        f"No.{number}",
        number.replace("-", "–"),
        f"26 - {serial}",
    ):
        assert find_number_address(text) == f"/cases/{number}"
    for text in (f"26–{serial}", f"№{number}", f"N {number}"):
        assert parse_case_number(text) == number, "as the service itself understands it"


@pytest.mark.parametrize("serial", [1, 99_999_999, 2**63 - 1])
@pytest.mark.parametrize(
    ("registry_number", "standard"),
    [("40.05800.01", "40.058"), ("07.01000.1234", "07.010"), (None, "07.010"), (None, None)],
)
def test_every_certificates_number_leads_to_its_verification(
    serial: int, registry_number: str | None, standard: str | None
) -> None:
    code = qualification_code(registry_number, standard, CERTIFICATES["unnumbered_code"].default)
    number_format = CERTIFICATES["number_format"].default
    number = format_number(number_format, code, serial, date(2029, 3, 2))
    for text in (number, f"№ {number}", f"N {number}", f"{number[:12]} {number[12:]}"):
        assert find_number_address(text) == f"/verify?number={number}"


@pytest.mark.parametrize(
    "text", ["40.05800.01", "07.01000.1234", "07.010", "A/01.3", "оператор", "26", "2026 год", "№"]
)
def test_codes_of_the_catalogue_and_words_are_no_numbers(text: str) -> None:
    assert find_number_address(text) is None


async def test_a_code_or_words_lead_to_the_one_qualification_or_to_the_list(
    client: httpx.AsyncClient,
) -> None:
    operator = await publish(client, await draft(client, registry_number="07.01000.01"))
    await publish(client, await draft(client, name="Аналитик", registry_number="07.01000.02"))
    assert await _find(client, "07.01000.01") == f"/ru/qualifications/{operator['id']}"
    assert await _find(client, " операторы ", "en") == f"/en/qualifications/{operator['id']}"
    several = await client.get(await _find(client, "обращений"))
    assert "Найдено 2" in several.text
    empty_list = await client.get(await _find(client, "сварщик"))
    assert "По запросу «сварщик» ничего не найдено." in empty_list.text
    assert await _find(client, "26-118") == "/ru/cases/26-000118"
    assert await _find(client, "   ") == "/ru/qualifications"


async def test_hostile_text_leads_nowhere_else(client: httpx.AsyncClient) -> None:
    for text in (
        "//evil.example",
        "/\\evil.example",
        "<script>alert(1)</script>",
        "x" * 999,
    ):
        location = await _find(client, text)
        assert location.startswith("/ru/qualifications?text=")
        page = await client.get(location)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
