"""Templates set as PDF: tagged by PDF/UA-1, the same bytes for the same fields on each machine."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import typst

from shared.errors import RuleViolation
from shared.letters import describe_letters, find_unprintable
from shared.typesetting.fonts import list_families, load_fonts

MEDIA_TYPE = "application/pdf"
_ROOT = Path(__file__).parents[2]
"""Templates import one another by their places in the project: `/shared/typesetting/...`."""
_BYTE_ORDER_MARK = "\ufeff"
"""It has no shape, and PDF/UA admits it nowhere."""


def compile_pdf(
    template: Path, fields: Mapping[str, object], font: str, font_folder: Path | None
) -> bytes:
    """Typesets the template with the fields, in the font and, where that lacks a letter, others.

    Raises `RuleViolation` naming the characters that no font has: intake accepts none, but what
    was loaded past it may have some.
    """
    letters = list(dict.fromkeys(_list_unprintable(fields)))
    if letters:
        raise RuleViolation(
            "document.unprintable",
            f"The document has characters that cannot be printed: {describe_letters(letters)}.",
            values={"letters": describe_letters(letters)},
        )
    pdf = typst.compile(
        template,
        format="pdf",
        root=_ROOT,
        sys_inputs={
            "fields": json.dumps(fields, ensure_ascii=False).replace(_BYTE_ORDER_MARK, ""),
            "fonts": json.dumps(list_families(font, font_folder)),
        },
        font_paths=load_fonts(font_folder),
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
    )
    assert isinstance(pdf, bytes), "one file, as asked for"
    return pdf


def _list_unprintable(value: object) -> Iterator[str]:
    """The unprintable characters of all texts in the value."""
    if isinstance(value, str):
        yield from find_unprintable(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _list_unprintable(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _list_unprintable(item)
