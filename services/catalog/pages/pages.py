"""The pages' addresses, and what each shows."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator, Field

from services.catalog.council_table.writing.form import HEADS, formed
from services.catalog.pages.differences import shown
from services.catalog.pages.rendering import SITE, PageRoute, page
from services.catalog.qualification import answers
from services.catalog.qualification import queries as qualification_queries
from services.catalog.qualification.in_force import State
from services.catalog.qualification.queries import Standing
from services.catalog.qualification.status import Status
from services.catalog.search import queries
from shared.errors import NotFound, RuleViolation
from shared.pages.locale import LANGUAGES
from shared.web.dependencies import Reading, Today
from shared.web.guards import PUBLIC

ON_A_PAGE = 25
MOST_IN_A_FORM = 500

# A form sends the fields that a person left blank, too.
Blank = BeforeValidator(lambda value: value or None)
Words = Annotated[str, Field(max_length=500)]
Level = Annotated[int, Field(ge=1, le=9)]
Standard = Annotated[str, Field(pattern=r"^\d{2}\.\d{3}$")]
Area = Annotated[str, Field(pattern=r"^\d{2}$")]
VersionNumber = Annotated[int, Field(ge=1, le=10_000)]
Number = Annotated[int, Path(ge=1, le=10_000)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the search form holds."""

    text: str | None = None
    level: int | None = None
    standard: str | None = None
    area: str | None = None
    council: str | None = None
    on: date | None = None

    def filter(self, today: date) -> queries.Filter:
        """The same for the search."""
        told = {name: value for name, value in asdict(self).items() if name != "on"}
        return queries.Filter(on=self.on or today, **told)

    def query(self, **more: str | None) -> str:
        """As the query of an address."""
        told = asdict(self) | more
        return urlencode({name: value for name, value in told.items() if value is not None})


def _asked(
    text: Annotated[Words | None, Blank, Query()] = None,
    level: Annotated[Level | None, Blank, Query()] = None,
    standard: Annotated[Standard | None, Blank, Query()] = None,
    area: Annotated[Area | None, Blank, Query()] = None,
    council: Annotated[Words | None, Blank, Query()] = None,
    on: Annotated[date | None, Blank, Query()] = None,
) -> Asked:
    return Asked(text, level, standard, area, council, on)


AskedFor = Annotated[Asked, Depends(_asked)]

_pages = APIRouter(route_class=PageRoute)


@_pages.get("/qualifications")
async def find(
    request: Request,
    session: Reading,
    today: Today,
    asked: AskedFor,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> HTMLResponse:
    """The list and its search."""
    found, following = await queries.page(session, asked.filter(today), cursor, ON_A_PAGE)
    return page(
        request,
        "list.html",
        asked=asked,
        items=[answers.summary(standing, today) for standing in found],
        choices=await queries.choices(session, asked.on or today),
        following=asked.query(cursor=following) if following else None,
        first=asked.query() if cursor else None,
        exported=asked.query(),
    )


@_pages.get("/qualifications/{qualification_id}")
async def one(
    request: Request,
    qualification_id: UUID,
    session: Reading,
    today: Today,
    on: Annotated[date | None, Blank, Query()] = None,
) -> HTMLResponse:
    """A qualification as it is in force on a day."""
    every = await _published(session, qualification_id)
    if on is not None:
        standing = await qualification_queries.standing_on(session, qualification_id, on)
    else:
        standing = await qualification_queries.prevailing(session, qualification_id, today)
    return _one(request, standing, every, today)


@_pages.get("/qualifications/{qualification_id}/versions/{number}")
async def version(
    request: Request, qualification_id: UUID, number: Number, session: Reading, today: Today
) -> HTMLResponse:
    """One version."""
    every = await _published(session, qualification_id)
    return _one(request, _numbered(every, number), every, today)


@_pages.get("/qualifications/{qualification_id}/versions/{number}/differences")
async def differing(
    request: Request,
    qualification_id: UUID,
    number: Number,
    session: Reading,
    today: Today,
    since: Annotated[VersionNumber | None, Blank, Query()] = None,
) -> HTMLResponse:
    """What a version changed."""
    every = await _published(session, qualification_id)
    after = _numbered(every, number)
    earlier = [one for one in every if one.version.version < number]
    before = _numbered(every, since) if since else (earlier or [after])[-1]
    return page(
        request,
        "differences.html",
        before=answers.qualification(before, today),
        after=answers.qualification(after, today),
        found=shown(before.version.content, after.version.content),
    )


@_pages.get("/form")
async def form(request: Request, session: Reading, today: Today, asked: AskedFor) -> HTMLResponse:
    """The council's form, for printing."""
    found: list[dict[str, Any]] = []
    async for standing in queries.stream(session, asked.filter(today)):
        found.append(standing.version.content)
        if len(found) > MOST_IN_A_FORM:
            raise RuleViolation("form.too_many", "Too many for one form.", field="#query/council")
    if not found:
        raise NotFound("form.empty", "Nothing is in force that this asks for.")
    made = formed(sorted(found, key=lambda one: (one["level"], one["name"])))
    return page(request, "form.html", form=made, heads=HEADS, on=asked.on or today)


@_pages.get("/{path:path}")
async def nothing(path: str) -> HTMLResponse:
    """Every other address."""
    raise NotFound("page.unknown", f"/{path}")


router = APIRouter(include_in_schema=False, dependencies=[Depends(PUBLIC)])
for _language in LANGUAGES:
    router.include_router(_pages, prefix=f"/{_language}")


router.include_router(SITE.front())


async def _published(session: Reading, qualification_id: UUID) -> list[Standing]:
    """The published versions, oldest first: drafts are not shown. Raises `NotFound`."""
    every = await qualification_queries.standings(session, qualification_id)
    shown = [one for one in every if one.version.status is Status.PUBLISHED]
    if not shown:
        raise NotFound("qualification.unpublished", f"{qualification_id}")
    return shown


def _numbered(every: list[Standing], number: int) -> Standing:
    for standing in every:
        if standing.version.version == number:
            return standing
    raise NotFound("version.unknown", f"{number}")


def _one(request: Request, standing: Standing, every: list[Standing], today: date) -> HTMLResponse:
    current = next((o for o in every if o.term and o.term.state(today) is State.IN_FORCE), None)
    return page(
        request,
        "one.html",
        it=answers.qualification(standing, today),
        versions=[answers.qualification(one, today) for one in reversed(every)],
        current=current.version.version if current else None,
    )
