"""Column 11: job titles by a reference book, one a line, and prose.

    ("ЕТКС" | "ЕКС" | "ОКПДТР" | "Иной справочник") ": " title ["; код " code] ["; " grade]

Lines of another shape are prose.
"""

import re
from collections.abc import Mapping
from typing import Any

_REFERENCE_BOOKS = {"ЕТКС": "etks", "ЕКС": "eks", "ОКПДТР": "okpdtr", "Иной справочник": "other"}
_LINE = re.compile(
    rf"(?P<book>{'|'.join(_REFERENCE_BOOKS)}): (?P<title>[^;\n]+)(?:; код (?P<code>[^;\n]+))?"
    r"(?:; (?P<grade>(?!код )[^;\n]+))?"
)


def read_job_titles(cell: str | None) -> tuple[list[dict[str, str | None]], str | None]:
    """The job titles as the draft has them, and the prose of the other lines, None if empty."""
    titles: list[dict[str, str | None]] = []
    prose: list[str] = []
    for line in (cell or "").split("\n"):
        match = _LINE.fullmatch(line)
        if match is None:
            prose.append(line)
            continue
        book = _REFERENCE_BOOKS[match["book"]]
        members = {"title": match["title"], "code": match["code"], "grade": match["grade"]}
        titles.append({"reference_book": book, **members})
    return titles, "\n".join(prose) or None


def format_job_title(title: Mapping[str, Any]) -> str:
    """A job title as a line of column 11, which reads back as the same title."""
    book = next(name for name, book in _REFERENCE_BOOKS.items() if book == title["reference_book"])
    code = f"; код {title['code']}" if title.get("code") else ""
    grade = f"; {title['grade']}" if title.get("grade") else ""
    return f"{book}: {title['title']}{code}{grade}"
