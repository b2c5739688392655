"""What stands in a form before anything is typed: what the case says, and what was typed last.

Centres examine many candidates by one instrument, with one commission, at one place; a council
decides a whole meeting's cases by one protocol. What they typed for the last case is proposed.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.decision.models import Decision
from services.applications.desk.case_view import CaseView
from services.applications.examination.models import Appointment, Examination
from services.applications.examination.schemas import ThresholdRequest
from shared.clock import civil_date
from shared.councils import list_council_names

RECENT_ROWS = 1000
"""So many of the newest rows are looked through for the last one of a centre or a council."""

FirstValues = Mapping[str, str]
RecentRow = TypeVar("RecentRow", Appointment, Examination, Decision)


async def read_first_values(
    session: AsyncSession, view: CaseView, act_name: str, zone: ZoneInfo
) -> dict[str, str]:
    """The first values of an act's form, by the names of its fields."""
    read_values = _READERS.get(act_name)
    values = {} if read_values is None else await read_values(session, view, zone)
    return {name: value for name, value in values.items() if value}


async def _read_reviewer(_: AsyncSession, view: CaseView, __: ZoneInfo) -> FirstValues:
    return {"reviewer": view.application.reviewer or view.reader.name or view.reader.subject}


async def _read_appointment(session: AsyncSession, view: CaseView, _: ZoneInfo) -> FirstValues:
    appointment = view.application.appointment
    last_appointment = await _find_recent(session, Appointment, _at_centre(view))
    place = last_appointment.place if last_appointment is not None else ""
    return {
        "place": appointment.place if appointment is not None else place,
        "starts_on-year": str(view.today.year),
        "agreed_on": view.today.isoformat(),
    }


async def _read_examination(session: AsyncSession, view: CaseView, zone: ZoneInfo) -> FirstValues:
    """The day that was appointed, and criteria and commission of the centre's last protocol."""
    appointment = view.application.appointment
    appointed_on = civil_date(appointment.starts_at, zone) if appointment else view.today
    held_on = min(appointed_on, view.today).isoformat()
    values = {"theory_on": held_on, "practice_on": held_on}
    last_examination = await _find_recent(
        session,
        Examination,
        _at_centre(view),
        col(Application.qualification_id) == view.application.qualification.id,
    )
    if last_examination is not None:
        values |= _propose_protocol(last_examination)
    return values


def _propose_protocol(examination: Examination) -> dict[str, str]:
    values = {"instrument": examination.instrument or ""}
    for part in examination.parts:
        for index, score in enumerate(part.scores):
            row = f"{part.part}-{index}"
            values[f"{row}-criterion"] = score.criterion
            values[f"{row}-required_points"] = write_plainly(score.required_points)
        values |= _propose_threshold(part.part, part.threshold)
        values[f"{part.part}_maximum"] = write_plainly(part.maximum_points)
    values |= _propose_threshold("total", examination.total_threshold)
    for index, examiner in enumerate(examination.commission):
        values[f"commission-{index}-name"] = examiner.name
        values[f"commission-{index}-own_staff"] = "yes" if examiner.own_staff else ""
    return values


def _propose_threshold(name: str, threshold: ThresholdRequest | None) -> dict[str, str]:
    if threshold is None:
        return {}
    return {
        f"{name}_threshold": write_plainly(threshold.points),
        f"{name}_comparator": threshold.comparator,
    }


def write_plainly(points: Decimal | None) -> str:
    """The points without zeros at the end; blank for none."""
    return "" if points is None else f"{points.normalize():f}"


async def _read_dispatch(_: AsyncSession, view: CaseView, __: ZoneInfo) -> FirstValues:
    return {"sent_on": view.today.isoformat()}


async def _read_decision(session: AsyncSession, view: CaseView, _: ZoneInfo) -> FirstValues:
    """Of the council's last decision, if it is of this day: the meeting's protocol and members."""
    council_names = list_council_names(view.application.qualification.council)
    last_decision = await _find_recent(
        session, Decision, col(Application.council).in_(council_names)
    )
    values = {"decided_on": view.today.isoformat()}
    if last_decision is not None and _is_of_day(last_decision, view.today):
        values["protocol_number"] = last_decision.protocol_number
        for index, member in enumerate(last_decision.members):
            values[f"member-{index}-name"] = member
    return values


def _is_of_day(decision: Decision, today: date) -> bool:
    return decision.decided_on == today


async def _read_delivery(_: AsyncSession, view: CaseView, __: ZoneInfo) -> FirstValues:
    method = "post" if view.application.postal_address else "in_person"
    return {"handed_over_on": view.today.isoformat(), "handover_method": method}


_READERS: Mapping[str, Callable[[AsyncSession, CaseView, ZoneInfo], Awaitable[FirstValues]]] = {
    "review-start": _read_reviewer,
    "admit": _read_reviewer,
    "return": _read_reviewer,
    "decline": _read_reviewer,
    "appointment": _read_appointment,
    "examination": _read_examination,
    "dispatch": _read_dispatch,
    "decision": _read_decision,
    "delivery": _read_delivery,
}


def _at_centre(view: CaseView) -> object:
    return col(Application.centre_number) == view.application.centre.number


async def _find_recent(
    session: AsyncSession, row_type: type[RecentRow], *conditions: object
) -> RecentRow | None:
    """The newest row whose application meets the conditions, among the newest of all."""
    newest_ids = select(row_type.id).order_by(col(row_type.id).desc()).limit(RECENT_ROWS)
    query = (
        select(row_type)
        .join(Application, col(Application.id) == row_type.application_id)
        .where(col(row_type.id).in_(newest_ids.subquery().select()), *conditions)  # type: ignore[arg-type]
        .order_by(col(row_type.id).desc())
        .limit(1)
    )
    return (await session.exec(query)).first()
