"""Appointment, no-show, examination, dispatch to the council. None commits."""

from collections.abc import Mapping
from typing import Literal, NamedTuple
from uuid import UUID

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.application.operations import take_step
from services.applications.application.queries import get_latest
from services.applications.application.rules import check_day
from services.applications.application.schemas import HistoryFacts, StepRequest
from services.applications.application.status import Command, Status
from services.applications.documents.queries import list_documents
from services.applications.documents.rules import MATERIAL_KIND
from services.applications.examination import rules
from services.applications.examination.models import Appointment, Examination
from services.applications.examination.pass_rules import PartPoints, check_points, grade_total
from services.applications.examination.schemas import (
    AppointmentRequest,
    DispatchRequest,
    ExaminationPart,
    ExaminationRequest,
    RecordedPart,
    read_part_points,
)
from services.applications.limits.operations import record_procedure_event
from services.applications.limits.rules import ProcedureEvent
from services.applications.settings import ApplicationsContext
from shared.clock import add_period, civil_date
from shared.db import execute
from shared.errors import RuleViolation
from shared.events.applications import ExaminationScheduled
from shared.messaging.outbox import record_events


async def schedule_examination(
    context: ApplicationsContext, application_id: UUID, body: AppointmentRequest
) -> Application:
    """Sets the examination's place and time, or changes them, and publishes the appointment.

    Raises as `take_step`, and `RuleViolation`.
    """
    facts = HistoryFacts(starts_at=body.starts_at, place=body.place)
    async with take_step(
        context, application_id, Command.SCHEDULE, facts, detail=body.reason
    ) as application:
        _check_appointment(context, application, body)
        context.session.add(
            Appointment(
                application_id=application_id,
                place=body.place,
                starts_at=body.starts_at,
                agreed_on=body.agreed_on,
                agreed_with=tuple(body.agreed_with),
                reason=body.reason,
                recorded_at=context.now,
            )
        )
        await record_events(
            context.session,
            ExaminationScheduled(
                application_id=application.id,
                qualification_id=application.qualification_id,
                centre_number=application.centre_number,
                employer_number=application.employer_number,
                admitted_on=application.admitted_on or context.today,
                place=body.place,
                starts_at=body.starts_at,
                moved=application.status is not Status.ADMITTED,
            ),
            now=context.now,
        )
    return application


def _check_appointment(
    context: ApplicationsContext, application: Application, body: AppointmentRequest
) -> None:
    """Checks the appointment of an application that has its status from before it.

    Raises `RuleViolation`.
    """
    is_referred = application.employer_number is not None
    rules.check_agreement(body.agreed_with, employer_referred=is_referred)
    if body.starts_at < context.now:
        raise RuleViolation(
            "appointment.past", "The examination lies in the future.", field="/starts_at"
        )
    check_day(body.agreed_on, "/agreed_on", application.received_on, context.today)
    if application.status is Status.NO_SHOW:
        rules.check_readmission(body.reason, by_contract=body.by_contract)
    elif application.status is Status.SCHEDULED and body.reason is None:
        raise RuleViolation(
            "appointment.reason", "Say why the day is another than was agreed.", field="/reason"
        )


async def record_no_show(
    context: ApplicationsContext,
    application_id: UUID,
    body: StepRequest,  # noqa: ARG001 - whom it names as actor, the context has
) -> Application:
    """Records that the candidate did not appear.

    Raises as `take_step`, and `RuleViolation` before the appointed time.
    """
    async with take_step(context, application_id, Command.RECORD_NO_SHOW) as application:
        await _require_begun_examination(context, application_id)
    return application


async def _require_begun_examination(
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


async def close_application(
    context: ApplicationsContext,
    application_id: UUID,
    body: StepRequest,  # noqa: ARG001 - whom it names as actor, the context has
) -> Application:
    """Closes the application after a no-show that gets no other day. Raises as `take_step`."""
    async with take_step(context, application_id, Command.CLOSE) as application:
        retention = context.settings.retention_of_unfinished
        application.closed_on = context.today
        application.kept_until = add_period(context.today, retention)
    return application


async def record_examination(
    context: ApplicationsContext, application_id: UUID, body: ExaminationRequest
) -> Application:
    """Records the expert commission's protocol and grades its parts.

    Raises as `take_step`, and `RuleViolation`.
    """
    async with take_step(
        context, application_id, Command.RECORD_EXAMINATION, _build_facts(body)
    ) as application:
        examination = await build_examination(context, application, body)
        context.session.add(examination)
        await record_procedure_event(
            context, application, ProcedureEvent.EXAMINED, examination.held_on
        )
    return application


def _build_facts(body: ExaminationRequest) -> HistoryFacts:
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
    appointment = await _require_begun_examination(context, application.id)
    appointed_day = civil_date(appointment.starts_at, context.settings.time_zone)
    check_day(theory.held_on, "/theory/held_on", appointed_day, context.today)
    check_day(final_part.held_on, "/practice/held_on", appointed_day, context.today)
    total_threshold = body.total_threshold
    check_points(
        list_part_points(body), total_threshold.read_threshold() if total_threshold else None
    )
    grades = _grade_protocol(body)
    rules.check_parts(grades.theory, theory.held_on, grades.practice, final_part.held_on)
    commission = [(member.name, member.own_staff) for member in body.commission]
    rules.check_commission(commission, context.settings.minimum_examiners)
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


async def send_to_council(
    context: ApplicationsContext, application_id: UUID, body: DispatchRequest
) -> Application:
    """Records that the centre sent protocol, copies and materials to the council.

    Raises as `take_step`, and `RuleViolation`.
    """
    facts = HistoryFacts(day=body.sent_on)
    async with take_step(context, application_id, Command.SEND_TO_COUNCIL, facts) as application:
        examination = await get_latest(context.session, Examination, application_id)
        assert examination is not None, "the lifecycle lets only examined applications through"
        check_day(body.sent_on, "/sent_on", examination.held_on, context.today)
        await record_procedure_event(
            context, application, ProcedureEvent.SENT_TO_COUNCIL, body.sent_on
        )
    return application


async def erase_appointments(context: ApplicationsContext, application_id: UUID) -> int:
    """Empties the reasons of an application's appointments; the number of rows."""
    statement = (
        update(Appointment)
        .where(col(Appointment.application_id) == application_id)
        .values(reason=None)
    )
    return (await execute(context.session, statement)).rowcount


async def erase_examinations(context: ApplicationsContext, application_id: UUID) -> int:
    """Empties scores, commissions and materials of an application's examinations.

    Returns the number of rows.
    """
    statement = (
        update(Examination)
        .where(col(Examination.application_id) == application_id)
        .values(parts=(), commission=(), materials=())
    )
    return (await execute(context.session, statement)).rowcount


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
