"""One qualification: as of a day, its versions, and what changed between two of them."""

import re
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BeforeValidator

from services.catalog.notices.queries import get_last_change
from services.catalog.pages.differences import describe_differences
from services.catalog.pages.forms import SearchFault, has_day_parts, read_on
from services.catalog.pages.rendering import render_page
from services.catalog.qualification.answers import qualification_answer
from services.catalog.qualification.columns import VersionNumber
from services.catalog.qualification.in_force import InForceState
from services.catalog.qualification.queries import (
    DatedVersion,
    get_prevailing_version,
    list_versions,
)
from services.catalog.qualification.status import Status
from shared.errors import NotFound
from shared.pages.forms import FormError, FormState, read_fields
from shared.pages.preferences import page_language
from shared.web.dependencies import ReadOnlyTransaction, Today
from shared.web.guards import PUBLIC_PAGE
from shared.web.resources import get_resources

# A form sends the fields that a person left blank, too.
BlankAsNone = BeforeValidator(lambda value: value or None)

router = APIRouter(dependencies=[Depends(PUBLIC_PAGE)])


async def _read_qualification_id(qualification_id: str) -> UUID:
    """The id in the address. Raises `NotFound` for any other text: there is no such page."""
    try:
        return UUID(qualification_id)
    except ValueError:
        raise NotFound("page.unknown", "A qualification's address ends in its id.") from None


async def _read_version_number(number: str) -> int:
    """The number in the address. Raises `NotFound` for any other text."""
    if re.fullmatch(r"[1-9]\d{0,3}", number, re.ASCII) is None:
        raise NotFound("page.unknown", "Versions count from 1.")
    return int(number)


QualificationIdSegment = Annotated[UUID, Depends(_read_qualification_id)]
VersionNumberSegment = Annotated[int, Depends(_read_version_number)]


@router.get("/qualifications/{qualification_id}")
async def show_qualification(
    request: Request,
    qualification_id: QualificationIdSegment,
    session: ReadOnlyTransaction,
    today: Today,
) -> Response:
    """A qualification as it is in force on a day. Raises `NotFound`.

    Where no version is in force on the day, and where the day is none, the prevailing version is
    shown and the page says so.
    """
    published_versions = await _list_published_versions(session, qualification_id)
    on = read_on(read_fields(request.query_params))
    if has_day_parts(request.query_params) and not isinstance(on, SearchFault):
        query = f"?on={on}" if on else ""
        return RedirectResponse(f"{request.url.path}{query}", status_code=303)
    prevailing_version = await get_prevailing_version(session, qualification_id, today)
    if isinstance(on, SearchFault):
        return await _render_version(
            request,
            session,
            prevailing_version,
            published_versions,
            today,
            status=422,
            form_fault=on,
        )
    version_on_day = _find_version_in_force(published_versions, on or today)
    return await _render_version(
        request,
        session,
        version_on_day or prevailing_version,
        published_versions,
        today,
        missing_on=on if on and version_on_day is None else None,
    )


@router.get("/qualifications/{qualification_id}/versions/{number}")
async def show_version(
    request: Request,
    qualification_id: QualificationIdSegment,
    number: VersionNumberSegment,
    session: ReadOnlyTransaction,
    today: Today,
) -> HTMLResponse:
    """A published version of a qualification. Raises `NotFound`."""
    published_versions = await _list_published_versions(session, qualification_id)
    dated_version = _find_version(published_versions, number)
    return await _render_version(request, session, dated_version, published_versions, today)


@router.get("/qualifications/{qualification_id}/versions/{number}/differences")
async def show_differences(
    request: Request,
    qualification_id: QualificationIdSegment,
    number: VersionNumberSegment,
    session: ReadOnlyTransaction,
    today: Today,
    since_version: Annotated[VersionNumber | None, BlankAsNone, Query()] = None,
) -> HTMLResponse:
    """What a version changed, compared with the one before it or with `since_version`."""
    published_versions = await _list_published_versions(session, qualification_id)
    new_version = _find_version(published_versions, number)
    earlier_versions = [
        dated_version for dated_version in published_versions if dated_version.row.version < number
    ]
    old_version = (
        _find_version(published_versions, since_version)
        if since_version
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


def _find_version_in_force(dated_versions: list[DatedVersion], day: date) -> DatedVersion | None:
    """The version that is in force on the day, None if there is none."""
    return next(
        (
            dated_version
            for dated_version in dated_versions
            if dated_version.period and dated_version.period.state_on(day) is InForceState.IN_FORCE
        ),
        None,
    )


async def _render_version(
    request: Request,
    session: ReadOnlyTransaction,
    dated_version: DatedVersion,
    published_versions: list[DatedVersion],
    today: date,
    *,
    status: int = 200,
    form_fault: SearchFault | None = None,
    missing_on: date | None = None,
) -> HTMLResponse:
    """The page of a version, with links to all published ones.

    `missing_on` is the day that was asked about, on which none is in force.
    """
    current_version = _find_version_in_force(published_versions, today)
    notice_plan = await get_last_change(session, dated_version.qualification.id)
    t = get_resources(request).languages[page_language(request)]
    errors = [FormError(form_fault, t(f"fault.{form_fault}"))] if form_fault else []
    return render_page(
        request,
        "qualification.html",
        status,
        version=qualification_answer(dated_version, today),
        thresholds_days=notice_plan.thresholds_days if notice_plan else None,
        versions=[
            qualification_answer(published_version, today)
            for published_version in reversed(published_versions)
        ],
        current_number=current_version.row.version if current_version else None,
        form=FormState(read_fields(request.query_params), errors),
        missing_on=missing_on,
    )
