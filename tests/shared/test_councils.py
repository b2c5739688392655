"""Councils change their names: it is one council, and each name has its days and its source."""

from datetime import date

import pytest

from services.catalog.load import DATA_FOLDER, build_second_version
from shared.councils import (
    council_key,
    council_name_on,
    find_council,
    list_council_names,
)

FORMER_NAME = (
    "Совет по профессиональным квалификациям офисных специалистов и вспомогательных "
    "административных работников"
)
PRESENT_NAME = (
    "Совет по профессиональным квалификациям в области документационного и "
    "административно-хозяйственного обеспечения деятельности организации"
)


@pytest.mark.parametrize(
    "spelling", [FORMER_NAME, PRESENT_NAME, FORMER_NAME.upper(), f" {PRESENT_NAME} "]
)
def test_a_council_is_the_same_by_each_of_its_names(spelling: str) -> None:
    assert council_key(spelling) == "021"
    assert {FORMER_NAME, PRESENT_NAME, spelling} == set(list_council_names(spelling))


def test_a_council_without_known_names_is_known_by_its_own() -> None:
    name = "СПК в лифтовой отрасли"
    assert find_council(name) is None
    assert council_key(name) == council_key("спк в Лифтовой отрасли")
    assert list_council_names(name) == (name,)
    assert council_name_on(name, date(2026, 3, 2)) == name


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2025, 12, 31), FORMER_NAME),
        (date(2026, 1, 1), PRESENT_NAME),
        (date(2028, 5, 1), PRESENT_NAME),
    ],
)
def test_a_name_is_that_of_a_day(day: date, name: str) -> None:
    assert council_name_on(FORMER_NAME, day) == council_name_on(PRESENT_NAME, day) == name


def test_every_name_has_its_source_and_the_qualifications_bear_the_present_one() -> None:
    council = find_council(FORMER_NAME)
    assert council is not None
    assert all(dated_name.source for dated_name in council.names)
    bodies = [build_second_version(path) for path in DATA_FOLDER.glob("*.json")]
    assert [body["council"] for body in bodies] == [council.names[-1].name] * 5
