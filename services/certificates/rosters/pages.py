"""The pages of rosters for an employer's people: which there are, who is on one, what happened."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.certificates.access.dependencies import (
    RosterReader,
    ServiceSettings,
    VerificationPool,
)
from services.certificates.access.policy import require_employer
from services.certificates.certificate.number import NUMBER_MAX_LENGTH
from services.certificates.rosters import form_pages, jobs, queries
from services.certificates.rosters.current_status import StatusReader
from services.certificates.rosters.enrolment import is_open
from services.certificates.rosters.queries import RosterEntry
from services.certificates.rosters.rendering import (
    PAGE_ROWS,
    SITE,
    build_event_lines,
    build_path,
    build_rows,
)
from shared.db import Pool
from shared.locale.catalogues import Languages
from shared.pages.forms import FormState, read_fields
from shared.pages.operations.panels import answer_if_changed
from shared.pages.preferences import get_translator
from shared.pages.site import include_in_languages
from shared.web.dependencies import PageCursor, ReadOnlyTransaction, Today

SHOWN_EVENTS = 5
SHOWN_JOBS = 5
SHOWN_FAULTS = 100
MAX_ID = 2**63 - 1
DONE = {"begun", "added", "unenrolled", "ended"}
"""What may have been done just now: the messages `roster.done.<name>`."""

router = APIRouter()


@router.get("/rosters")
async def show_rosters(
    request: Request,
    caller: RosterReader,
    session: ReadOnlyTransaction,
    today: Today,
    cursor: PageCursor = None,
) -> Response:
    """The employer's rosters, the newest first."""
    rows, next_cursor = await queries.list_subscriptions(
        session, require_employer(caller), cursor, PAGE_ROWS
    )
    return SITE.render_page(
        request,
        "rosters.html",
        rosters=rows,
        open_ids={row.id for row in rows if is_open(row, today)},
        next_cursor=next_cursor,
        is_first=cursor is None,
    )


@router.get("/rosters/{subscription_id}")
async def show_roster(
    request: Request,
    subscription_id: UUID,
    caller: RosterReader,
    session: ReadOnlyTransaction,
    pool: VerificationPool,
    today: Today,
    settings: ServiceSettings,
    after: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
) -> Response:
    """A roster with a page of its certificates, or the one of a number; events, lists."""
    subscription = await queries.get_subscription(
        session, require_employer(caller), subscription_id
    )
    fields = read_fields(request.query_params)
    number = fields.get("number", "")[:NUMBER_MAX_LENGTH].replace("\x00", "")
    entries = await _find_entries(pool, subscription_id, number, after)
    page_entries = entries[:PAGE_ROWS]
    reader = await StatusReader.read(
        pool, today, settings, [entry.number for entry in page_entries]
    )
    contents = await queries.list_latest_events(pool, subscription_id, MAX_ID, SHOWN_EVENTS)
    t = get_translator(request)
    return SITE.render_page(
        request,
        "roster.html",
        roster=subscription,
        is_open=is_open(subscription, today),
        rows=build_rows(page_entries, reader),
        next_after=page_entries[-1].id if len(entries) > PAGE_ROWS else None,
        is_first=after == 0,
        form=FormState({"number": number} if number else {}),
        events=build_event_lines(t, contents),
        jobs=await queries.list_jobs(session, subscription_id, SHOWN_JOBS),
        done=fields.get("done") if fields.get("done") in DONE else None,
        number_max_length=NUMBER_MAX_LENGTH,
    )


async def _find_entries(
    pool: Pool, subscription_id: UUID, number: str, after: int
) -> Sequence[RosterEntry]:
    """The entry of a number, or a page of all and one more."""
    if not number:
        return await queries.list_roster(pool, subscription_id, after, PAGE_ROWS + 1)
    entry = await queries.find_enrolment(pool, subscription_id, number)
    return [entry] if entry else []


@router.get("/rosters/{subscription_id}/events")
async def show_events(
    request: Request,
    subscription_id: UUID,
    caller: RosterReader,
    session: ReadOnlyTransaction,
    pool: VerificationPool,
    before: Annotated[int, Query(ge=0, le=MAX_ID)] = MAX_ID,
) -> Response:
    """The events of a roster, the newest first."""
    subscription = await queries.get_subscription(
        session, require_employer(caller), subscription_id
    )
    contents = await queries.list_latest_events(pool, subscription_id, before, PAGE_ROWS + 1)
    events = build_event_lines(get_translator(request), contents[:PAGE_ROWS])
    return SITE.render_page(
        request,
        "roster_events.html",
        roster=subscription,
        events=events,
        next_before=events[-1].sequence if len(contents) > PAGE_ROWS else None,
        is_first=before == MAX_ID,
    )


@router.get("/rosters/{subscription_id}/jobs/{job_id}")
async def show_job(
    request: Request,
    subscription_id: UUID,
    job_id: UUID,
    caller: RosterReader,
    session: ReadOnlyTransaction,
    pool: VerificationPool,
) -> Response:
    """How far a list is, and which rows were refused: the first hundred."""
    subscription = await queries.get_subscription(
        session, require_employer(caller), subscription_id
    )
    job = await queries.get_job(session, subscription_id, job_id)
    page = SITE.render_page(
        request,
        "roster_job.html",
        roster=subscription,
        job=job,
        faults=await jobs.list_faults(pool, job_id, SHOWN_FAULTS),
        back=build_path(request, f"/{subscription_id}"),
    )
    return answer_if_changed(request, page)


def build_router(languages: Languages) -> APIRouter:
    """The pages in each of these languages."""
    pages = APIRouter(include_in_schema=False)
    include_in_languages(pages, languages, [form_pages.router, router])
    return pages
