"""The council's form for printing: a row for each labour function, beside its code."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.catalog.council_table.grammar.column import Column
from services.catalog.council_table.grammar.limits import NotExpressible
from services.catalog.council_table.writing.form import COLUMN_HEADS, CouncilForm, build_form
from services.catalog.pages.forms import read_search
from services.catalog.pages.rendering import render_page
from services.catalog.qualification.form import FormContent, LabourFunctionContent
from services.catalog.search.queries import count_versions, stream_versions
from shared.locale.catalogues import FIRST_LANGUAGE
from shared.pages.forms import read_fields
from shared.web.dependencies import ReadOnlyTransaction, Today
from shared.web.guards import PUBLIC_PAGE
from shared.web.resources import get_resources

MAX_FORM_ROWS = 500

Obstacle = Literal["none", "councils", "too_many"]
OBSTACLES: tuple[Obstacle, ...] = get_args(Obstacle)
"""Why there may be no form: the messages `form.obstacle.<obstacle>`."""

router = APIRouter(dependencies=[Depends(PUBLIC_PAGE)])


@dataclass(frozen=True, slots=True)
class PrintedQualification:
    """A qualification in the form: cells that span its functions' rows, and those rows."""

    content: FormContent
    cells_before: Sequence[str]
    functions: Sequence[tuple[str, str]]
    cells_after: Sequence[str]


@router.get("/form")
async def show_form(request: Request, session: ReadOnlyTransaction, today: Today) -> HTMLResponse:
    """The council's form, for printing; or why there is none for this search, and the way back."""
    question = read_search(read_fields(request.query_params))
    version_filter = question.fields.to_version_filter(today)
    total = 0 if question.faults else await count_versions(session, version_filter)
    contents: list[FormContent] = []
    if 0 < total <= MAX_FORM_ROWS:
        versions = stream_versions(session, version_filter)
        contents = [dated_version.row.content async for dated_version in versions]
    contents.sort(key=lambda content: (content.level, content.name))
    obstacle = _find_obstacle(contents, total)
    if obstacle:
        values = {"obstacle": obstacle, "query": question.fields.to_query()}
        return render_page(request, "form.html", 422, rows=[], is_indexed=False, **values)
    return render_page(
        request,
        "form.html",
        russian=get_resources(request).languages[FIRST_LANGUAGE],
        obstacle=None,
        query=question.fields.to_query(),
        title=build_form(contents).lines_above[0],
        council=contents[0].council,
        column_heads=COLUMN_HEADS,
        rows=_build_rows(build_form(contents), contents),
        is_indexed=False,
    )


def _find_obstacle(contents: Sequence[FormContent], total: int) -> Obstacle | None:
    """Why there is no form of these qualifications; None where there is one."""
    if total > MAX_FORM_ROWS:
        return "too_many"
    if not contents:
        return "none"
    try:
        build_form(contents)
    except NotExpressible:
        return "councils"
    return None


def _build_rows(form: CouncilForm, contents: Sequence[FormContent]) -> list[PrintedQualification]:
    columns = list(Column)
    codes = columns.index(Column.FUNCTION_CODES)
    names = columns.index(Column.FUNCTION_NAMES)
    return [
        PrintedQualification(
            content,
            cells[:codes],
            [
                (_full_code(content, function), function.name)
                for function in content.labour_functions
            ],
            cells[names + 1 :],
        )
        for cells, content in zip(form.rows, contents, strict=True)
    ]


def _full_code(content: FormContent, function: LabourFunctionContent) -> str:
    """A function's code, with its standard's in front where that is not the first."""
    first_standard = content.occupational_standard.code if content.occupational_standard else None
    if function.standard in {None, first_standard}:
        return function.code
    return f"{function.standard} {function.code}"
