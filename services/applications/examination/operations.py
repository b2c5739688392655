"""Appointment, no-show, examination, dispatch to the council. None commits."""

from itertools import combinations, product
from uuid import UUID

from sqlmodel import col, update

from services.applications.application.models import Application
from services.applications.application.operations import (
    append_confirmation,
    extend_keeping,
    take_step,
)
from services.applications.application.people import (
    NamedPerson,
    Separation,
    check_different_people,
    list_parties,
)
from services.applications.application.queries import get_latest
from services.applications.application.rules import check_day
from services.applications.application.schemas import HistoryFacts, PeoplePair, StepRequest
from services.applications.application.status import Command, Status
from services.applications.examination import rules
from services.applications.examination.models import Appointment, Examination
from services.applications.examination.protocol import (
    build_examination,
    build_protocol_facts,
    require_begun_examination,
)
from services.applications.examination.schemas import (
    AppointmentRequest,
    DispatchRequest,
    ExaminationRequest,
)
from services.applications.limits.operations import record_procedure_event
from services.applications.limits.rules import ProcedureEvent
from services.applications.settings import ApplicationsContext
from shared.clock import add_period
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
        await require_begun_examination(context, application_id)
    return application


async def close_application(
    context: ApplicationsContext,
    application_id: UUID,
    body: StepRequest,  # noqa: ARG001 - whom it names as actor, the context has
) -> Application:
    """Closes the application after a no-show that gets no other day. Raises as `take_step`."""
    async with take_step(context, application_id, Command.CLOSE) as application:
        retention = context.settings.retention_of_unfinished
        application.closed_on = context.today
        extend_keeping(application, add_period(context.today, retention))
    return application


async def record_examination(
    context: ApplicationsContext, application_id: UUID, body: ExaminationRequest
) -> Application:
    """Records the expert commission's protocol and grades its parts.

    Raises as `take_step`, and `RuleViolation`.
    """
    async with take_step(
        context, application_id, Command.RECORD_EXAMINATION, build_protocol_facts(body)
    ) as application:
        append_confirmation(context, application, check_examiners(application, body))
        examination = await build_examination(context, application, body)
        context.session.add(examination)
        await record_procedure_event(
            context, application, ProcedureEvent.EXAMINED, examination.held_on
        )
    return application


def check_examiners(application: Application, body: ExaminationRequest) -> tuple[PeoplePair, ...]:
    """Checks that the examiners are different people, and none of them a party of the case.

    Returns the names that were confirmed to be two people's. Raises `RuleViolation`.
    """
    examiners = [
        NamedPerson(member.name, f"/commission/{index}/name")
        for index, member in enumerate(body.commission)
    ]
    parties = list_parties(application)
    separations = (
        Separation(product(examiners, parties), rules.refuse_partial_examiner),
        Separation(combinations(reversed(examiners), 2), rules.refuse_repeated_examiner),
    )
    return check_different_people(separations, body.different_people)


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
