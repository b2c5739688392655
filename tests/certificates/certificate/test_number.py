"""Numbers and terms: arithmetic without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, TypeAdapter, ValidationError

from services.certificates.certificate.number import (
    CertificateNumber,
    format_number,
    is_number,
    qualification_code,
)
from services.certificates.certificate.standing import (
    StandingRules,
    Timeline,
    Verdict,
    standing_on,
)
from services.certificates.settings import CertificatesSettings
from services.certificates.verification.fast_path import PLAIN_QUERY
from shared.clock import add_period, check_period

DEFAULTS = CertificatesSettings(database_url=SecretStr("postgresql:///unused"))

days = st.dates(date(2020, 1, 1), date(2060, 12, 31))


def test_a_number_has_the_form_of_published_certificates() -> None:
    pattern = DEFAULTS.number_format
    assert format_number(pattern, "08.00800.01", 3, date(2027, 1, 11)) == "08.00800.01.00000003.27"
    assert (
        format_number(pattern, "16.02500.09", 93713, date(2028, 11, 21))
        == "16.02500.09.00093713.28"
    )


@pytest.mark.parametrize(
    ("registry_number", "standard", "code"),
    [
        ("40.05800.01", "40.058", "40.05800.01"),
        (None, "07.010", "07.01000.00"),
        (None, None, "00.00000.00"),
    ],
)
def test_a_qualification_without_registry_number_has_a_code_that_the_registry_never_gives(
    registry_number: str | None, standard: str | None, code: str
) -> None:
    unnumbered = DEFAULTS.unnumbered_code
    assert qualification_code(registry_number, standard, unnumbered) == code


@pytest.mark.parametrize(
    "pattern",
    [
        *("{code}.{expiry_year}", "{code}.{serial:q}", "{nothing}", "{serial}.{nothing}"),
        *("№{serial:08d}", "{code} {serial}", "{serial}", "{serial:060d}.{code}", "{serial}{}"),
    ],
)
def test_a_number_format_that_cannot_work_is_refused_at_start(pattern: str) -> None:
    with pytest.raises(ValidationError):
        CertificatesSettings(database_url=SecretStr("postgresql:///unused"), number_format=pattern)


def test_a_code_that_no_number_can_have_is_refused_at_start() -> None:
    with pytest.raises(ValidationError):
        CertificatesSettings(
            database_url=SecretStr("postgresql:///unused"), unnumbered_code="{area}№{standard}"
        )


@given(serial=st.integers(1, 2**63 - 1), valid_until=days)
def test_every_number_of_the_default_format_may_be_asked_about(
    serial: int, valid_until: date
) -> None:
    code = qualification_code(None, None, DEFAULTS.unnumbered_code)
    number = format_number(DEFAULTS.number_format, code, serial, valid_until)
    assert is_number(number)
    assert PLAIN_QUERY.fullmatch(f"number={number}&issued_on=2026-03-02".encode())
    assert TypeAdapter(CertificateNumber).validate_python(number) == number


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("07.01", True), ("07.0", False), ("x" * 60, True), ("x" * 61, False), ("07.01?1", False)],
)
def test_all_readers_of_a_number_agree(text: str, is_one: bool) -> None:
    assert is_number(text) is is_one
    query = f"number={text}&issued_on=2026-03-02".encode()
    assert (PLAIN_QUERY.fullmatch(query) is not None) is is_one
    try:
        TypeAdapter(CertificateNumber).validate_python(text)
    except ValidationError:
        assert not is_one
    else:
        assert is_one


@pytest.mark.parametrize(
    ("issued_on", "term", "valid_until"),
    [
        (date(2025, 11, 21), "P3Y", date(2028, 11, 21)),
        (date(2024, 2, 29), "P3Y", date(2027, 2, 28)),
        (date(2024, 2, 29), "P4Y", date(2028, 2, 29)),
        (date(2026, 8, 31), "P6M", date(2027, 2, 28)),
        (date(2026, 12, 31), "P1Y6M", date(2028, 6, 30)),
        (date(2026, 1, 1), "P2W", date(2026, 1, 15)),
        (date(2026, 2, 27), "P3D", date(2026, 3, 2)),
    ],
)
def test_a_term_ends_on_the_same_day_or_the_months_last(
    issued_on: date, term: str, valid_until: date
) -> None:
    assert add_period(issued_on, term) == valid_until


@pytest.mark.parametrize("term", ["", "P", "3Y", "P3", "PT5H", "P1.5Y", "P0D", "-P1Y", "три года"])
def test_what_is_no_positive_period_is_refused(term: str) -> None:
    with pytest.raises(ValueError, match=r"period|must be"):
        check_period(term)


@given(valid_until=days, offset=st.integers(-1000, 1000))
def test_a_certificate_is_valid_through_its_last_day(valid_until: date, offset: int) -> None:
    day = valid_until + timedelta(days=offset)
    issued_on = valid_until - timedelta(days=1001)
    verdict = standing_on(Timeline(issued_on, valid_until), day, StandingRules(0)).verdict
    proving_verdict = Verdict.EXPIRING if offset == 0 else Verdict.VALID
    assert verdict == (proving_verdict if offset <= 0 else Verdict.EXPIRED)
