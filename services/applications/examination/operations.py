"""Appointment, no-show, examination, the way to the council. None commits."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application import queries
from services.applications.application import rules as application_rules
from services.applications.application.models import Application
from services.applications.application.operations import begin
from services.applications.application.schemas import Recorded
from services.applications.application.status import Actor, Command, Status
from services.applications.documents import queries as documents_queries
from services.applications.documents.operations import MATERIAL
from services.applications.examination import rules
from services.applications.examination.models import Appointment, Examination
from services.applications.examination.schemas import (
    AppointmentMade,
    ExaminationProtocol,
    Part,
    Sent,
)
from services.applications.limits import operations
from services.applications.settings import ApplicationsSettings
from shared.clock import add_period, civil_date
from shared.errors import RuleViolation
from shared.events.applications import ExaminationScheduled
from shared.messaging import outbox


async def schedule(
    session: AsyncSession,
    application_id: UUID,
    made: AppointmentMade,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """Sets the examination's place and time, or others than before; an event tells who asks.

    Raises as `steps.begin`, and `RuleViolation`.
    """
    step = await begin(session, application_id, Command.SCHEDULE, expected)
    application, today = step.application, civil_date(now, settings.time_zone)
    rules.check_agreed(made.agreed_with, employer_referred=application.employer_number is not None)
    if made.starts_at <= now:
        raise RuleViolation(
            "appointment.past", "The examination lies in the future.", field="/starts_at"
        )
    admitted = application.admitted_on or today
    application_rules.check_day(made.agreed_on, "/agreed_on", application.received_on, today)
    before = Status(application.status)
    if before is Status.NO_SHOW:
        rules.check_readmission(made.reason, by_contract=made.by_contract)
    elif before is Status.SCHEDULED and made.reason is None:
        raise RuleViolation(
            "appointment.reason", "Say why the day is another than was agreed.", field="/reason"
        )
    told = made.model_dump(exclude={"actor", "by_contract"})
    session.add(Appointment(application_id=application_id, recorded_at=now, **told))
    await outbox.record(
        session,
        ExaminationScheduled(
            application_id=application.id,
            qualification_id=application.qualification_id,
            centre_number=application.centre_number,
            employer_number=application.employer_number,
            admitted_on=admitted,
            place=made.place,
            starts_at=made.starts_at,
            moved=before is not Status.ADMITTED,
        ),
        now=now,
    )
    return await step.take(made.actor or Actor.CENTRE, now, made.reason)


async def record_no_show(
    session: AsyncSession,
    application_id: UUID,
    told: Recorded,
    expected: int | None,
    now: datetime,
) -> Application:
    """The candidate did not appear. Raises as `steps.begin`, and `RuleViolation`."""
    step = await begin(session, application_id, Command.RECORD_NO_SHOW, expected)
    appointment = await queries.latest(session, Appointment, application_id)
    if appointment is not None and now < appointment.starts_at:
        raise RuleViolation(
            "examination.not_yet",
            f"The examination begins at {appointment.starts_at.isoformat()}.",
        )
    return await step.take(told.actor or Actor.CENTRE, now)


async def close(
    session: AsyncSession,
    application_id: UUID,
    told: Recorded,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """After a no-show without another day: the end. Raises as `steps.begin`."""
    step = await begin(session, application_id, Command.CLOSE, expected)
    application, today = step.application, civil_date(now, settings.time_zone)
    application.closed_on = today
    application.kept_until = add_period(today, settings.retention_of_unfinished)
    return await step.take(told.actor or Actor.CENTRE, now)


async def record_examination(
    session: AsyncSession,
    application_id: UUID,
    protocol: ExaminationProtocol,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """Enters the commission's protocol. Raises as `steps.begin`, and `RuleViolation`."""
    step = await begin(session, application_id, Command.RECORD_EXAMINATION, expected)
    application, today = step.application, civil_date(now, settings.time_zone)
    theory, practice = protocol.theory, protocol.practice
    last = practice or theory
    admitted = application.admitted_on or today
    application_rules.check_day(theory.held_on, "/theory/held_on", admitted, today)
    application_rules.check_day(last.held_on, "/practice/held_on", admitted, today)
    passed = _result(theory), _result(practice) if practice else None
    rules.check_parts(passed[0], theory.held_on, passed[1], last.held_on)
    commission = [(member.name, member.own_staff) for member in protocol.commission]
    rules.check_commission(commission, settings.minimum_examiners)
    await _check_materials(session, application_id, protocol.materials)
    parts = [{"part": "theory", **theory.model_dump(mode="json")}]
    if practice is not None:
        parts.append({"part": "practice", **practice.model_dump(mode="json")})
    session.add(
        Examination(
            application_id=application_id,
            began_on=theory.held_on,
            held_on=last.held_on,
            theory=passed[0],
            practice=passed[1],
            parts=parts,
            instrument=protocol.instrument,
            protocol_number=protocol.protocol_number,
            commission=[member.model_dump() for member in protocol.commission],
            materials=[str(one) for one in protocol.materials],
            recorded_at=now,
        )
    )
    await operations.happened(session, application, "examined", last.held_on, settings)
    detail = f"protocol {protocol.protocol_number}"
    return await step.take(protocol.actor or Actor.CENTRE, now, detail)


async def send_to_council(
    session: AsyncSession,
    application_id: UUID,
    sent: Sent,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """The centre sends protocol, copies and materials. Raises as `steps.begin`, `RuleViolation`."""
    step = await begin(session, application_id, Command.SEND_TO_COUNCIL, expected)
    examination = await queries.latest(session, Examination, application_id)
    assert examination is not None, "the lifecycle lets only examined applications through"
    today = civil_date(now, settings.time_zone)
    application_rules.check_day(sent.sent_on, "/sent_on", examination.held_on, today)
    await operations.happened(session, step.application, "sent_to_council", sent.sent_on, settings)
    return await step.take(sent.actor or Actor.CENTRE, now)


def _result(part: Part) -> rules.Result:
    return rules.result([(score.points, score.needed) for score in part.scores])


async def _check_materials(
    session: AsyncSession, application_id: UUID, materials: list[UUID]
) -> None:
    documents = await documents_queries.documents(session, application_id)
    known = {document.id for document in documents if document.kind == MATERIAL}
    for index, one in enumerate(materials):
        if one not in known:
            raise RuleViolation(
                "examination.material",
                f"Attach it as a document of kind {MATERIAL} first.",
                field=f"/materials/{index}",
            )
