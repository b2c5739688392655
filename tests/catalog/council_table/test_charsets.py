"""CSV as offices write it: charsets, delimiters, line ends; what is not certain is refused."""

import pytest

from services.catalog.council_table.grammar.limits import UnreadableTable
from tests.catalog.council_table.council_tables import as_csv, as_text, read
from tests.catalog.council_table.test_findings import GOOD

ROWS = [GOOD, ["07.01000.02", "Старший оператор", *GOOD[2:]]]
NAMES = ["Оператор контактного центра", "Старший оператор"]
PLAIN_ROWS = [[cell.replace("№", "N") for cell in row] for row in ROWS]


def list_names(content: bytes) -> list[str | None]:
    return [candidate.draft.name for candidate in read(content, "a.csv").candidates]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize(
    "charset",
    [
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "cp1251",
        "cp866",
        "koi8-r",
    ],
)
def test_what_office_programs_write_is_read(charset: str, delimiter: str) -> None:
    assert list_names(as_csv(PLAIN_ROWS, charset, delimiter)) == NAMES


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n", b"\r"])
def test_every_line_end_ends_a_line(line_end: bytes) -> None:
    assert list_names(as_csv(ROWS).replace(b"\r\n", line_end)) == NAMES


@pytest.mark.parametrize("separator", ["sep=;\r\n", '"sep=;"\r\n', "SEP=;\n", "sep=;;;;;;\r\n"])
@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "cp1251"])
def test_a_line_that_names_the_delimiter_is_none_of_the_table(separator: str, charset: str) -> None:
    content = (separator + as_csv(PLAIN_ROWS, "utf-8").decode()).encode(charset)
    report = read(content, "a.csv")
    assert [candidate.draft.name for candidate in report.candidates] == NAMES
    assert {finding.rule for finding in report.findings} <= {"table.charset"}


@pytest.mark.parametrize("count", [1, 2, 7])
def test_blank_cells_behind_the_form_are_none_of_it(count: int) -> None:
    rows = [[*row, *[""] * count] for row in ROWS]
    assert list_names(as_csv(rows)) == NAMES


def test_text_behind_the_form_is_an_error() -> None:
    report = read(as_csv([ROWS[0], [*ROWS[1], "лишнее"]]), "a.csv")
    assert "row.width" in {finding.rule for finding in report.findings}


def test_a_cell_that_is_missing_is_never_read_as_blank() -> None:
    report = read(as_csv([ROWS[0], [*ROWS[1][:6], *ROWS[1][7:]]]), "a.csv")
    assert "row.width" in {finding.rule for finding in report.findings}
    assert not all(candidate.applicable for candidate in report.candidates)


@pytest.mark.parametrize(
    "content",
    [
        as_csv(PLAIN_ROWS, "cp1251") + bytes(range(128, 256)) * 20,
        as_csv(PLAIN_ROWS, "cp1251") + b"\x98\r\n",
        as_csv(ROWS, "utf-16")[:-1],
        "Straße;Müller;Käse".encode("cp1252"),
    ],
)
def test_a_charset_that_is_not_certain_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableTable) as refusal:
        read(content, "a.csv")
    assert refusal.value.rule == "table.charset"
    assert "UTF-8" in refusal.value.detail


@pytest.mark.parametrize("value", ["#REF!", "#ЗНАЧ!", "#Н/Д", "########"])
def test_an_error_of_excel_is_no_value_in_csv_either(value: str) -> None:
    report = read(as_csv([[*GOOD[:6], value, *GOOD[7:]]]), "a.csv")
    assert ("cell.error", 7) in {(finding.rule, finding.column) for finding in report.findings}


def test_twins_are_one_qualification_however_they_are_printed() -> None:
    twins = [
        "Oпepатор контактного центра",
        "ОПЕРАТОР\u200b контактного центра",
        "Оператор\u00a0контактного цен\u00adтра",
    ]
    rows = [GOOD, *([f"07.01000.1{n}", twin, *GOOD[2:]] for n, twin in enumerate(twins))]
    report = read(as_csv(rows), "a.csv")
    duplicates = [f.row for f in report.findings if f.rule == "qualification.duplicate"]
    assert duplicates == [2, 3, 4]


@pytest.mark.parametrize("cut_name", ["Опера\u00ad\nтор", "Опера\u00ad тор", "Опера\u00adтор"])
def test_a_word_that_a_soft_hyphen_cuts_is_whole(cut_name: str) -> None:
    row = [GOOD[0], f"{cut_name} контактного центра", *GOOD[2:]]
    assert list_names(as_csv([row])) == NAMES[:1]


def test_a_word_that_a_soft_hyphen_cuts_at_the_end_of_a_page_is_whole() -> None:
    first = [GOOD[0], "Оператор контакт\u00ad", *GOOD[2:]]
    second = ["", "ного центра", *[""] * 9]
    assert list_names(as_csv([first, second])) == NAMES[:1]


def test_text_that_is_turned_around_is_an_error() -> None:
    report = read(as_csv([[*GOOD[:6], "\u202eадог 3\u202c", *GOOD[7:]]]), "a.csv")
    assert [finding.rule for finding in report.findings] == ["cell.unprintable"]


@pytest.mark.parametrize(
    "page_number",
    ["\f2", "\f— 2 —", "\fСтраница 2 из 5", "2\n\f", "\n2\n", "\n— 2 —", "стр. 2\n \n"],
)
def test_the_number_of_a_page_is_told_and_joined_to_nothing(page_number: str) -> None:
    lines = as_text(ROWS).decode().split("\n\n")
    content = f"{lines[0]}\n{lines[1]}\n{page_number}\n{lines[2]}".encode()
    report = read(content, "a.txt")
    assert [candidate.draft.name for candidate in report.candidates] == NAMES
    assert all(candidate.applicable for candidate in report.candidates)
    assert "table.header" in {finding.rule for finding in report.table_findings}
