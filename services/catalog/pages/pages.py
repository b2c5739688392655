"""The handlers of the pages, with the addresses that they answer."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator, Field

from services.catalog.council_table.writing.form import COLUMN_HEADS, build_form
from services.catalog.pages.differences import describe_differences
from services.catalog.pages.rendering import SITE, render_page
from services.catalog.qualification.answers import qualification_answer, summary_answer
from services.catalog.qualification.form import FormContent
from services.catalog.qualification.in_force import InForceState
from services.catalog.qualification.queries import (
    DatedVersion,
    get_prevailing_version,
    get_version_in_force,
    list_versions,
)
from services.catalog.qualification.status import Status
from services.catalog.search.queries import (
    VersionFilter,
    list_filter_choices,
    search_versions,
    stream_versions,
)
from shared.errors import NotFound, RuleViolation
from shared.locale.catalogues import Languages
from shared.pages.parts_page import build_parts_router
from shared.web.dependencies import ReadOnlyTransaction, Today
from shared.web.guards import PUBLIC

PAGE_SIZE = 25
MAX_FORM_ROWS = 500

# A form sends the fields that a person left blank, too.
BlankAsNone = BeforeValidator(lambda value: value or None)
SearchText = Annotated[str, Field(max_length=500)]
LevelNumber = Annotated[int, Field(ge=1, le=9)]
StandardCodeText = Annotated[str, Field(pattern=r"^\d{2}\.\d{3}$")]
AreaCode = Annotated[str, Field(pattern=r"^\d{2}$")]
VersionNumber = Annotated[int, Field(ge=1, le=10_000)]
VersionNumberSegment = Annotated[int, Path(ge=1, le=10_000)]


@dataclass(frozen=True, slots=True)
class SearchFields:
    """What the search form holds; every field is None where it was left blank."""

    text: str | None = None
    level: int | None = None
    standard: str | None = None
    area: str | None = None
    council: str | None = None
    on: date | None = None

    def to_version_filter(self, today: date) -> VersionFilter:
        """The same as a filter of the search; without a day, what is in force today."""
        fields = {name: value for name, value in asdict(self).items() if name != "on"}
        return VersionFilter(on=self.on or today, **fields)

    def to_query_string(self, **extra_fields: str | None) -> str:
        """The fields that are not blank as an address's query, with `extra_fields` over them."""
        fields = asdict(self) | extra_fields
        return urlencode({name: value for name, value in fields.items() if value is not None})


def _search_fields(
    text: Annotated[SearchText | None, BlankAsNone, Query()] = None,
    level: Annotated[LevelNumber | None, BlankAsNone, Query()] = None,
    standard: Annotated[StandardCodeText | None, BlankAsNone, Query()] = None,
    area: Annotated[AreaCode | None, BlankAsNone, Query()] = None,
    council: Annotated[SearchText | None, BlankAsNone, Query()] = None,
    on: Annotated[date | None, BlankAsNone, Query()] = None,
) -> SearchFields:
    return SearchFields(text, level, standard, area, council, on)


SearchFieldsQuery = Annotated[SearchFields, Depends(_search_fields)]

_pages = APIRouter(dependencies=[Depends(PUBLIC)])


@_pages.get("/qualifications")
async def show_list(
    request: Request,
    session: ReadOnlyTransaction,
    today: Today,
    search_fields: SearchFieldsQuery,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> HTMLResponse:
    """The list of qualifications in force, and its search."""
    dated_versions, next_cursor = await search_versions(
        session, search_fields.to_version_filter(today), cursor, PAGE_SIZE
    )
    return render_page(
        request,
        "list.html",
        search_fields=search_fields,
        items=[summary_answer(dated_version, today) for dated_version in dated_versions],
        choices=await list_filter_choices(session, search_fields.on or today),
        next_page_query=search_fields.to_query_string(cursor=next_cursor) if next_cursor else None,
        first_page_query=search_fields.to_query_string() if cursor else None,
        export_query=search_fields.to_query_string(),
    )


@_pages.get("/qualifications/{qualification_id}")
async def show_qualification(
    request: Request,
    qualification_id: UUID,
    session: ReadOnlyTransaction,
    today: Today,
    on: Annotated[date | None, BlankAsNone, Query()] = None,
) -> HTMLResponse:
    """A qualification as it is in force on a day. Raises `NotFound`."""
    published_versions = await _list_published_versions(session, qualification_id)
    if on is not None:
        dated_version = await get_version_in_force(session, qualification_id, on)
    else:
        dated_version = await get_prevailing_version(session, qualification_id, today)
    return _render_qualification(request, dated_version, published_versions, today)


@_pages.get("/qualifications/{qualification_id}/versions/{number}")
async def show_version(
    request: Request,
    qualification_id: UUID,
    number: VersionNumberSegment,
    session: ReadOnlyTransaction,
    today: Today,
) -> HTMLResponse:
    """A published version of a qualification. Raises `NotFound`."""
    published_versions = await _list_published_versions(session, qualification_id)
    return _render_qualification(
        request, _find_version(published_versions, number), published_versions, today
    )


@_pages.get("/qualifications/{qualification_id}/versions/{number}/differences")
async def show_differences(
    request: Request,
    qualification_id: UUID,
    number: VersionNumberSegment,
    session: ReadOnlyTransaction,
    today: Today,
    since: Annotated[VersionNumber | None, BlankAsNone, Query()] = None,
) -> HTMLResponse:
    """What a version changed, compared with the one before it or with `since`."""
    published_versions = await _list_published_versions(session, qualification_id)
    new_version = _find_version(published_versions, number)
    earlier_versions = [
        dated_version for dated_version in published_versions if dated_version.row.version < number
    ]
    old_version = (
        _find_version(published_versions, since)
        if since
        else (earlier_versions or [new_version])[-1]
    )
    return render_page(
        request,
        "differences.html",
        old_version=qualification_answer(old_version, today),
        new_version=qualification_answer(new_version, today),
        differences=describe_differences(
            old_version.row.content.to_json(), new_version.row.content.to_json()
        ),
    )


@_pages.get("/form")
async def show_form(
    request: Request, session: ReadOnlyTransaction, today: Today, search_fields: SearchFieldsQuery
) -> HTMLResponse:
    """The council's form, for printing. Raises `NotFound`, `RuleViolation`."""
    contents: list[FormContent] = []
    async for dated_version in stream_versions(session, search_fields.to_version_filter(today)):
        contents.append(dated_version.row.content)
        if len(contents) > MAX_FORM_ROWS:
            raise RuleViolation("form.too_many", "Too many for one form.", field="#query/council")
    if not contents:
        raise NotFound("form.empty", "Nothing is in force that this asks for.")
    council_form = build_form(sorted(contents, key=lambda content: (content.level, content.name)))
    return render_page(request, "form.html", form=council_form, column_heads=COLUMN_HEADS)


@_pages.get("/{path:path}")
async def show_not_found(path: str) -> HTMLResponse:
    """Answers every address that is no page. Raises `NotFound`."""
    raise NotFound("page.unknown", f"/{path}")


def build_router(languages: Languages) -> APIRouter:
    """The pages in each of these languages."""
    return SITE.build_router(tuple(languages), [build_parts_router(SITE), _pages])


async def _list_published_versions(
    session: ReadOnlyTransaction, qualification_id: UUID
) -> list[DatedVersion]:
    """The published versions, oldest first; drafts are left out. Raises `NotFound` for none."""
    dated_versions = await list_versions(session, qualification_id)
    published_versions = [
        dated_version
        for dated_version in dated_versions
        if dated_version.row.status is Status.PUBLISHED
    ]
    if not published_versions:
        raise NotFound("qualification.unpublished", f"{qualification_id}")
    return published_versions


def _find_version(dated_versions: list[DatedVersion], number: int) -> DatedVersion:
    """The version of this number. Raises `NotFound`."""
    for dated_version in dated_versions:
        if dated_version.row.version == number:
            return dated_version
    raise NotFound("version.unknown", f"{number}")


def _render_qualification(
    request: Request,
    dated_version: DatedVersion,
    published_versions: list[DatedVersion],
    today: date,
) -> HTMLResponse:
    """The page of a version, with links to all published ones."""
    current_version = next(
        (
            candidate_version
            for candidate_version in published_versions
            if candidate_version.period
            and candidate_version.period.state_on(today) is InForceState.IN_FORCE
        ),
        None,
    )
    return render_page(
        request,
        "qualification.html",
        version=qualification_answer(dated_version, today),
        versions=[
            qualification_answer(published_version, today)
            for published_version in reversed(published_versions)
        ],
        current_number=current_version.row.version if current_version else None,
    )
