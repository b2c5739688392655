"""Appointment, no-show, examination, dispatch to the council. None commits."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application import queries
from services.applications.application import rules as application_rules
from services.applications.application.models import Application
from services.applications.application.operations import begin_step
from services.applications.application.schemas import StepRequest
from services.applications.application.status import Actor, Command, Status
from services.applications.documents import queries as documents_queries
from services.applications.documents.operations import MATERIAL_KIND
from services.applications.examination import rules
from services.applications.examination.models import Appointment, Examination
from services.applications.examination.schemas import (
    AppointmentRequest,
    DispatchRequest,
    ExaminationPart,
    ExaminationRequest,
)
from services.applications.limits import operations
from services.applications.settings import ApplicationsSettings
from shared.clock import add_period, civil_date
from shared.errors import RuleViolation
from shared.events.applications import ExaminationScheduled
from shared.messaging import outbox


async def schedule_examination(
    session: AsyncSession,
    application_id: UUID,
    body: AppointmentRequest,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """Sets the examination's place and time, or changes them, and publishes the appointment.

    Raises as `begin_step`, and `RuleViolation`.
    """
    step = await begin_step(session, application_id, Command.SCHEDULE, expected_revision)
    application, today = step.application, civil_date(now, settings.time_zone)
    rules.check_agreement(
        body.agreed_with, employer_referred=application.employer_number is not None
    )
    if body.starts_at <= now:
        raise RuleViolation(
            "appointment.past", "The examination lies in the future.", field="/starts_at"
        )
    admission_day = application.admitted_on or today
    application_rules.check_day(body.agreed_on, "/agreed_on", application.received_on, today)
    previous_status = Status(application.status)
    if previous_status is Status.NO_SHOW:
        rules.check_readmission(body.reason, by_contract=body.by_contract)
    elif previous_status is Status.SCHEDULED and body.reason is None:
        raise RuleViolation(
            "appointment.reason", "Say why the day is another than was agreed.", field="/reason"
        )
    columns = body.model_dump(exclude={"actor", "by_contract"})
    session.add(Appointment(application_id=application_id, recorded_at=now, **columns))
    await outbox.record_events(
        session,
        ExaminationScheduled(
            application_id=application.id,
            qualification_id=application.qualification_id,
            centre_number=application.centre_number,
            employer_number=application.employer_number,
            admitted_on=admission_day,
            place=body.place,
            starts_at=body.starts_at,
            moved=previous_status is not Status.ADMITTED,
        ),
        now=now,
    )
    return await step.complete_step(body.actor or Actor.CENTRE, now, body.reason)


async def record_no_show(
    session: AsyncSession,
    application_id: UUID,
    body: StepRequest,
    expected_revision: int | None,
    now: datetime,
) -> Application:
    """Records that the candidate did not appear.

    Raises as `begin_step`, and `RuleViolation` before the appointed time.
    """
    step = await begin_step(session, application_id, Command.RECORD_NO_SHOW, expected_revision)
    appointment = await queries.get_latest(session, Appointment, application_id)
    if appointment is not None and now < appointment.starts_at:
        raise RuleViolation(
            "examination.not_yet",
            f"The examination begins at {appointment.starts_at.isoformat()}.",
        )
    return await step.complete_step(body.actor or Actor.CENTRE, now)


async def close_application(
    session: AsyncSession,
    application_id: UUID,
    body: StepRequest,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """Closes the application after a no-show that gets no other day. Raises as `begin_step`."""
    step = await begin_step(session, application_id, Command.CLOSE, expected_revision)
    application, today = step.application, civil_date(now, settings.time_zone)
    application.closed_on = today
    application.kept_until = add_period(today, settings.retention_of_unfinished)
    return await step.complete_step(body.actor or Actor.CENTRE, now)


async def record_examination(
    session: AsyncSession,
    application_id: UUID,
    body: ExaminationRequest,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """Records the expert commission's protocol and grades its parts.

    Raises as `begin_step`, and `RuleViolation`.
    """
    step = await begin_step(session, application_id, Command.RECORD_EXAMINATION, expected_revision)
    application, today = step.application, civil_date(now, settings.time_zone)
    theory, practice = body.theory, body.practice
    final_part = practice or theory
    admission_day = application.admitted_on or today
    application_rules.check_day(theory.held_on, "/theory/held_on", admission_day, today)
    application_rules.check_day(final_part.held_on, "/practice/held_on", admission_day, today)
    results = _grade_part(theory), _grade_part(practice) if practice else None
    rules.check_parts(results[0], theory.held_on, results[1], final_part.held_on)
    commission = [(member.name, member.own_staff) for member in body.commission]
    rules.check_commission(commission, settings.minimum_examiners)
    await _check_materials(session, application_id, body.materials)
    parts = [{"part": "theory", **theory.model_dump(mode="json")}]
    if practice is not None:
        parts.append({"part": "practice", **practice.model_dump(mode="json")})
    session.add(
        Examination(
            application_id=application_id,
            began_on=theory.held_on,
            held_on=final_part.held_on,
            theory=results[0],
            practice=results[1],
            parts=parts,
            instrument=body.instrument,
            protocol_number=body.protocol_number,
            commission=[member.model_dump() for member in body.commission],
            materials=[str(material_id) for material_id in body.materials],
            recorded_at=now,
        )
    )
    await operations.record_procedure_event(
        session, application, "examined", final_part.held_on, settings
    )
    detail = f"protocol {body.protocol_number}"
    return await step.complete_step(body.actor or Actor.CENTRE, now, detail)


async def send_to_council(
    session: AsyncSession,
    application_id: UUID,
    body: DispatchRequest,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """Records that the centre sent protocol, copies and materials to the council.

    Raises as `begin_step`, and `RuleViolation`.
    """
    step = await begin_step(session, application_id, Command.SEND_TO_COUNCIL, expected_revision)
    examination = await queries.get_latest(session, Examination, application_id)
    assert examination is not None, "the lifecycle lets only examined applications through"
    today = civil_date(now, settings.time_zone)
    application_rules.check_day(body.sent_on, "/sent_on", examination.held_on, today)
    await operations.record_procedure_event(
        session, step.application, "sent_to_council", body.sent_on, settings
    )
    return await step.complete_step(body.actor or Actor.CENTRE, now)


def _grade_part(part: ExaminationPart) -> rules.PartResult:
    return rules.grade_part([(score.points, score.required_points) for score in part.scores])


async def _check_materials(
    session: AsyncSession, application_id: UUID, materials: list[UUID]
) -> None:
    documents = await documents_queries.list_documents(session, application_id)
    material_ids = {document.id for document in documents if document.kind == MATERIAL_KIND}
    for index, material_id in enumerate(materials):
        if material_id not in material_ids:
            raise RuleViolation(
                "examination.material",
                f"Attach it as a document of kind {MATERIAL_KIND} first.",
                field=f"/materials/{index}",
            )
