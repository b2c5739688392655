"""The council's form as CSV: UTF-8 with its mark, semicolons, as office programs take it."""

import csv
import io
from collections.abc import Sequence

from services.catalog.council_table.grammar.limits import Limits
from services.catalog.council_table.reading.read_csv import guarded
from services.catalog.council_table.writing.form import HEADS, NUMBERS, Draft, formed, proved


def write_csv(drafts: Sequence[Draft], limits: Limits) -> bytes:
    """The drafts, of one council, in the form. The same drafts give the same bytes.

    Raises `NotExpressible` where import would not read the same drafts back, `TableTooLarge`.
    """
    form = formed(drafts)
    text = io.StringIO(newline="")
    lines = csv.writer(text, delimiter=";")
    lines.writerows([line] for line in form.above)
    lines.writerows([HEADS, NUMBERS])
    lines.writerows([guarded(cell) for cell in row] for row in form.rows)
    lines.writerows([line] for line in form.below)
    content = text.getvalue().encode("utf-8-sig", errors="surrogatepass")
    return proved(content, "form.csv", drafts, limits)
