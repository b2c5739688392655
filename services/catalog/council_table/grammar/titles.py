"""Column 11: job titles by a reference book, one a line, and what else it says.

    ("ЕТКС" | "ЕКС" | "ОКПДТР" | "Иной справочник") ": " title ["; код " code] ["; " grade]

Every other line stays prose.
"""

import re
from collections.abc import Mapping
from typing import Any

_BOOKS = {"ЕТКС": "etks", "ЕКС": "eks", "ОКПДТР": "okpdtr", "Иной справочник": "other"}
_LINE = re.compile(
    rf"(?P<book>{'|'.join(_BOOKS)}): (?P<title>[^;\n]+)(?:; код (?P<code>[^;\n]+))?"
    r"(?:; (?P<grade>(?!код )[^;\n]+))?"
)


def read_titles(cell: str | None) -> tuple[list[dict[str, str | None]], str | None]:
    """The job titles as the draft has them, and the prose without them."""
    titles: list[dict[str, str | None]] = []
    prose: list[str] = []
    for line in (cell or "").split("\n"):
        told = _LINE.fullmatch(line)
        if told is None:
            prose.append(line)
            continue
        book = _BOOKS[told["book"]]
        parts = {"title": told["title"], "code": told["code"], "grade": told["grade"]}
        titles.append({"reference_book": book, **parts})
    return titles, "\n".join(prose) or None


def written(title: Mapping[str, Any]) -> str:
    """A job title as a line."""
    book = next(name for name, book in _BOOKS.items() if book == title["reference_book"])
    code = f"; код {title['code']}" if title.get("code") else ""
    grade = f"; {title['grade']}" if title.get("grade") else ""
    return f"{book}: {title['title']}{code}{grade}"
