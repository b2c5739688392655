"""The council's form as CSV: UTF-8 with its mark, semicolons, as office programs take it."""

import csv
import io
from collections.abc import Sequence

from services.catalog.council_table.grammar.limits import TableLimits
from services.catalog.council_table.writing.form import (
    COLUMN_HEADS,
    COLUMN_NUMBERS,
    FormLayout,
    build_form,
    check_round_trip,
)
from services.catalog.qualification.form import FormContent
from shared.values.sheet_cells import guard_cell


def write_csv(
    contents: Sequence[FormContent],
    limits: TableLimits,
    layout: FormLayout = FormLayout.TABLE,
) -> bytes:
    """Qualifications of one council in the form. The same contents give the same bytes.

    Raises `NotExpressible` where import would not read the same back, `TableTooLarge`.
    """
    form = build_form(contents, layout)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerows([line] for line in form.lines_above)
    if layout is FormLayout.TABLE:
        writer.writerows([COLUMN_HEADS, COLUMN_NUMBERS])
    writer.writerows([guard_cell(cell) for cell in row] for row in form.rows)
    writer.writerows([line] for line in form.lines_below)
    form_file = text.getvalue().encode("utf-8-sig", errors="surrogatepass")
    return check_round_trip(form_file, "form.csv", contents, limits)
