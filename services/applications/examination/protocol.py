"""The commission's protocol: points graded, days and materials checked. None commits."""

from collections.abc import Mapping
from typing import Literal, NamedTuple
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.application.queries import get_latest
from services.applications.application.rules import check_day
from services.applications.application.schemas import HistoryFacts
from services.applications.documents.queries import list_documents
from services.applications.documents.rules import MATERIAL_KIND
from services.applications.examination import rules
from services.applications.examination.models import Appointment, Examination
from services.applications.examination.pass_rules import PartPoints, check_points, grade_total
from services.applications.examination.schemas import (
    ExaminationPart,
    ExaminationRequest,
    RecordedPart,
    read_part_points,
)
from services.applications.settings import ApplicationsContext
from shared.clock import civil_date
from shared.errors import RuleViolation


async def require_begun_examination(
    context: ApplicationsContext, application_id: UUID
) -> Appointment:
    """The appointment that holds. Raises `RuleViolation` before its time."""
    appointment = await get_latest(context.session, Appointment, application_id)
    assert appointment is not None, "the lifecycle lets only scheduled examinations through"
    if context.now < appointment.starts_at:
        raise RuleViolation(
            "examination.not_yet",
            f"The examination begins at {appointment.starts_at.isoformat()}.",
            values={"starts_at": appointment.starts_at.astimezone(context.settings.time_zone)},
        )
    return appointment


def build_protocol_facts(body: ExaminationRequest) -> HistoryFacts:
    """What the history says of the protocol: its number, each part's result, and that of all."""
    grades = _grade_protocol(body)
    return HistoryFacts(
        protocol_number=body.protocol_number,
        theory=grades.theory,
        practice=grades.practice,
        outcome=rules.grade_examination(*grades),
        day=(body.practice or body.theory).held_on,
    )


class _Grades(NamedTuple):
    """The results of a protocol: of each part, and of both together."""

    theory: rules.PartResult
    practice: rules.PartResult | None
    total: rules.PartResult | None


def list_part_points(body: ExaminationRequest) -> list[PartPoints]:
    """The points of each part that was held, the theory first."""
    parts = [read_part_points("theory", body.theory)]
    return [*parts, read_part_points("practice", body.practice)] if body.practice else parts


def _grade_protocol(body: ExaminationRequest) -> _Grades:
    """The results to which the points lead; a total is graded where both parts were held."""
    parts = list_part_points(body)
    results = [part.grade() for part in parts]
    if body.practice is None:
        return _Grades(results[0], None, None)
    total = body.total_threshold.read_threshold() if body.total_threshold else None
    return _Grades(results[0], results[1], grade_total(total, parts))


async def build_examination(
    context: ApplicationsContext, application: Application, body: ExaminationRequest
) -> Examination:
    """The protocol as a row, with the results of its parts.

    Raises `RuleViolation`, also for an examination before its appointment.
    """
    theory, practice = body.theory, body.practice
    final_part = practice or theory
    appointment = await require_begun_examination(context, application.id)
    appointed_day = civil_date(appointment.starts_at, context.settings.time_zone)
    check_day(theory.held_on, "/theory/held_on", appointed_day, context.today)
    check_day(final_part.held_on, "/practice/held_on", appointed_day, context.today)
    total_threshold = body.total_threshold
    check_points(
        list_part_points(body), total_threshold.read_threshold() if total_threshold else None
    )
    grades = _grade_protocol(body)
    rules.check_parts(grades.theory, theory.held_on, grades.practice, final_part.held_on)
    own_staff = [member.own_staff for member in body.commission]
    rules.check_own_staff(own_staff, context.settings.minimum_examiners)
    await _check_materials(context.session, application.id, body.materials)
    return Examination(
        application_id=application.id,
        began_on=theory.held_on,
        held_on=final_part.held_on,
        **grades._asdict(),
        total_threshold=total_threshold,
        parts=_list_recorded_parts(body),
        instrument=body.instrument,
        protocol_number=body.protocol_number,
        commission=tuple(body.commission),
        materials=tuple(body.materials),
        recorded_at=context.now,
    )


def _list_recorded_parts(body: ExaminationRequest) -> tuple[RecordedPart, ...]:
    parts: Mapping[Literal["theory", "practice"], ExaminationPart | None] = {
        "theory": body.theory,
        "practice": body.practice,
    }
    return tuple(
        RecordedPart(
            part=name,
            held_on=part.held_on,
            scores=tuple(part.scores),
            threshold=part.threshold,
            maximum_points=part.maximum_points,
        )
        for name, part in parts.items()
        if part is not None
    )


async def _check_materials(
    session: AsyncSession, application_id: UUID, materials: list[UUID]
) -> None:
    documents = await list_documents(session, application_id)
    material_ids = {document.id for document in documents if document.kind == MATERIAL_KIND}
    for index, material_id in enumerate(materials):
        if material_id not in material_ids:
            raise RuleViolation(
                "examination.material",
                f"Attach it as a document of kind {MATERIAL_KIND} first.",
                field=f"/materials/{index}",
            )
