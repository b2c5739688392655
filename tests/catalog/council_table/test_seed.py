"""The seed's raw file: every defect of it is found, and what is read equals the reviewed data."""

import pytest

from services.catalog.council_table.grammar.findings import Finding
from services.catalog.council_table.grammar.rules import Severity
from services.catalog.council_table.reading.read_table import TableReport
from services.catalog.qualification.form import QualificationDraft
from tests.catalog.council_table.council_tables import (
    SEED,
    find_places,
    printed_drafts,
    proposed_drafts,
    read,
)

ALL = [1, 2, 3, 4, 5]


@pytest.fixture(scope="module")
def report() -> TableReport:
    return read(SEED.read_bytes(), SEED.name)


def single_finding(report: TableReport, rule: str, row: int, column: int | None) -> Finding:
    (finding,) = [f for f in report.findings if (f.rule, f.row, f.column) == (rule, row, column)]
    return finding


def test_equals_the_reviewed_data_except_for_what_the_publisher_completed(
    report: TableReport,
) -> None:
    assert proposed_drafts(report) == printed_drafts()
    assert sum(len(draft["labour_functions"]) for draft in proposed_drafts(report)) == 19
    assert all(candidate.applicable for candidate in report.candidates)
    for draft in proposed_drafts(report):
        QualificationDraft.model_validate(draft)


def test_the_same_bytes_give_the_same_report(report: TableReport) -> None:
    assert read(SEED.read_bytes(), SEED.name) == report


@pytest.mark.parametrize(
    ("rule", "column", "rows"),
    [
        ("standard.order_number_missing", 3, ALL),
        ("standard.order_date_missing", 3, ALL),
        ("standard.code_from_title", 3, ALL),
        ("code.transliterated", 5, [2, 2]),
        ("validity.missing", 10, [3, 4, 5]),
        ("cell.blank_beside_dash", 7, [3, 4, 5]),
        ("cell.blank_beside_dash", 8, [3, 4, 5]),
        ("cell.blank", 11, ALL),
        ("name.capital", 2, [1]),
        ("name.level_inside", 2, ALL),
        ("row.lost_cells", None, [3, 4]),
        ("row.split", None, [2, 3, 4, 5]),
        ("row.drawn_rule", None, [4, 5]),
        ("cell.markup", 9, [3, 4, 4, 5]),
        ("number.row_number", 1, ALL),
        ("names.split", 6, [1, 2, 4]),
        ("requirements.or_list", 9, [1, 2, 3]),
        ("requirements.or_lines", 9, [2, 3]),
        ("requirements.or_word", 9, [4]),
        ("requirements.added_fields", 9, [4]),
    ],
)
def test_finds(report: TableReport, rule: str, column: int | None, rows: list[int]) -> None:
    places = [place for place in find_places(report, rule) if place[1] == column]
    assert places == [(row, column) for row in rows]


def test_finds_nothing_that_is_not_there(report: TableReport) -> None:
    assert [f for f in report.findings if f.severity is Severity.ERROR] == []
    assert find_places(report, "table.outside") == []


def test_says_what_was_repaired_and_keeps_the_source(report: TableReport) -> None:
    codes = [f for f in report.findings if f.rule == "code.transliterated"]
    assert [(f.before, f.after) for f in codes] == [("V/02.4", "B/02.4"), ("V/03.4", "B/03.4")]
    capital = single_finding(report, "name.capital", 1, 2)
    assert capital.after == "Оператор контактного центра"
    assert "Оператор контактного центра" in capital.message_ru
    assert report.candidates[0].source[1] == "Оператор Контактного центра 3 уровень квалификации"
    assert "без скобок" in single_finding(report, "name.level_inside", 1, 2).message_ru
    assert capital.column_name == "name"


def test_tells_where_the_parts_of_a_row_stand(report: TableReport) -> None:
    assert [str(origin) for origin in report.candidates[3].origins] == ["3:11", "4:13", "5:16"]
    assert "3:11; 4:13; 5:16" in single_finding(report, "row.split", 4, None).message_en
