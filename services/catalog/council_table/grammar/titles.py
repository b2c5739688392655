"""Column 11: job titles by a reference book, one a line, and prose.

    ("ЕТКС" | "ЕКС" | "ОКПДТР" | "Иной справочник") ": " title ["; код " code] ["; " grade]

Lines of another shape are prose.
"""

import re

from services.catalog.council_table.grammar.candidate import CandidateJobTitle
from services.catalog.qualification.form import JobTitleContent

_REFERENCE_BOOKS = {"ЕТКС": "etks", "ЕКС": "eks", "ОКПДТР": "okpdtr", "Иной справочник": "other"}
_LINE = re.compile(
    rf"(?P<book>{'|'.join(_REFERENCE_BOOKS)}): (?P<title>[^;\n]+)(?:; код (?P<code>[^;\n]+))?"
    r"(?:; (?P<grade>(?!код )[^;\n]+))?"
)


def read_job_titles(cell: str | None) -> tuple[tuple[CandidateJobTitle, ...], str | None]:
    """The job titles as the draft has them, and the prose of the other lines, None if empty."""
    titles: list[CandidateJobTitle] = []
    prose: list[str] = []
    for line in (cell or "").split("\n"):
        match = _LINE.fullmatch(line)
        if match is None:
            prose.append(line)
            continue
        title = CandidateJobTitle(
            title=match["title"],
            reference_book=_REFERENCE_BOOKS[match["book"]],
            code=match["code"],
            grade=match["grade"],
        )
        titles.append(title)
    return tuple(titles), "\n".join(prose) or None


def format_job_title(title: JobTitleContent) -> str:
    """A job title as a line of column 11, which reads back as the same title."""
    book = next(name for name, book in _REFERENCE_BOOKS.items() if book == title.reference_book)
    code = f"; код {title.code}" if title.code else ""
    grade = f"; {title.grade}" if title.grade else ""
    return f"{book}: {title.title}{code}{grade}"
