"""The form that is written is read back as the same qualifications, whatever they are."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.council_table.grammar.functions import normalise_code
from services.catalog.council_table.grammar.limits import TableLimits
from services.catalog.council_table.writing.form import FormLayout
from services.catalog.council_table.writing.write_csv import write_csv
from services.catalog.council_table.writing.write_docx import write_docx
from services.catalog.qualification.form import FormContent
from tests.catalog.council_table.council_tables import LIMITS, proposed_drafts, read
from tests.catalog.strategies import FUNCTION_CODES, drafts

Write = Callable[[Sequence[FormContent], TableLimits], bytes]
FORMS: list[tuple[Write, str]] = [
    (write, name)
    for layout in FormLayout
    for write, name in (
        (partial(write_csv, layout=layout), "form.csv"),
        (partial(write_docx, layout=layout), "form.docx"),
    )
]


@pytest.mark.parametrize(("write", "name"), FORMS)
@settings(max_examples=30)
@given(table=st.lists(drafts(), min_size=1, max_size=3, unique_by=lambda draft: draft["name"]))
def test_what_is_written_is_read_back(write: Write, name: str, table: list[dict[str, Any]]) -> None:
    contents = [FormContent.model_validate(draft) for draft in table]
    assert proposed_drafts(read(write(contents, LIMITS), name)) == table


@given(code=FUNCTION_CODES)
def test_a_code_is_its_own_normal_form(code: str) -> None:
    assert normalise_code(code) == (code, ())


@given(code=FUNCTION_CODES.filter(lambda code: code[0] in "ABCEH"))
def test_a_look_alike_is_read_as_the_latin_letter(code: str) -> None:
    printed_code = code.translate(str.maketrans("ABCEH", "АВСЕН"))
    assert normalise_code(printed_code) == (code, ("code.cyrillic",))
