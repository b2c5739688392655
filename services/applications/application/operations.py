"""How every step of an application begins and ends, and the copy of what the catalog published.

Intake goes on while the catalog is down: published versions are stored here.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, String, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.case_number import SERIAL_MASK
from services.applications.application.models import (
    PERSONAL_COLUMNS,
    Application,
    History,
    QualificationVersion,
    QualificationWithdrawal,
    case_serial,
)
from services.applications.application.queries import lock_application, quote_lexeme
from services.applications.application.schemas import HistoryFacts, PeoplePair
from services.applications.application.status import REOPENINGS, TRANSITIONS, Command, Status
from services.applications.settings import ApplicationsContext
from shared.db import execute
from shared.errors import Conflict, check_version
from shared.events.catalog import QualificationPublished, QualificationWithdrawn
from shared.person_names import list_name_words

CONFIRMATION = "confirm_different_people"
"""The history's word for what `append_confirmation` adds."""


async def lock_for_command(
    context: ApplicationsContext, application_id: UUID, command: Command
) -> tuple[Application, Status]:
    """Locks the application for a command; returns it with the status after the command.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`, and `Conflict` for an erased file:
    what came into it then would never be erased.
    """
    application = await lock_application(context.session, application_id)
    check_version(application.revision, context.expected_revision)
    is_reopening = command in REOPENINGS.allowed_commands(application.status)
    transitions = REOPENINGS if is_reopening else TRANSITIONS
    status = transitions.next_status(application.status, command)
    check_kept(application)
    return application, status


def check_kept(application: Application) -> None:
    """Checks that the file takes something in still. Raises `Conflict` once it was erased."""
    if application.erased_on is not None:
        raise Conflict(
            "application.erased",
            "The file was erased, and takes nothing in any more. Fill in a new application.",
        )


def extend_keeping(application: Application, last_day: date) -> None:
    """Keeps the file through the day, or longer where it is kept longer for something else."""
    application.kept_until = max(application.kept_until or last_day, last_day)


@asynccontextmanager
async def take_step(
    context: ApplicationsContext,
    application_id: UUID,
    command: Command,
    facts: HistoryFacts | None = None,
    *,
    detail: str | None = None,
) -> AsyncIterator[Application]:
    """One step: the application, locked; at the end its new status, revision and history.

    `facts` and the reason in `detail` go into the history. When the block raises, nothing is set.
    Raises `NotFound`, `StaleVersion`, `IllegalTransition` before the block.
    """
    application, target = await lock_for_command(context, application_id, command)
    yield application
    previous_status, application.status = application.status, target
    application.revision += 1
    append_history(context, application, command, previous_status, facts, detail=detail)
    await context.session.flush()


def append_history(
    context: ApplicationsContext,
    application: Application,
    command: str,
    previous_status: Status | None,
    facts: HistoryFacts | None = None,
    *,
    detail: str | None = None,
) -> None:
    """Adds a line to the application's history; `previous_status` is None for the first one."""
    context.session.add(
        History(
            application_id=application.id,
            at=context.now,
            actor=context.actor,
            command=command,
            from_status=previous_status,
            to_status=application.status,
            detail=detail,
            facts=facts,
        )
    )


def append_confirmation(
    context: ApplicationsContext, application: Application, pairs: tuple[PeoplePair, ...]
) -> None:
    """Adds to the history who has confirmed that names are two people's; nothing without any.

    The account that acts is named, whoever else the request says has acted.
    """
    if pairs:
        facts = HistoryFacts(different_people=pairs)
        account_context = context.acting_as(context.account or context.actor)
        append_history(account_context, application, CONFIRMATION, application.status, facts)


def new_case_number(received_on: date) -> ColumnElement[str]:
    """The number of a case that is received on this civil day, for the insert of its row.

    The database counts as it inserts, so that a group of applications costs no statement more.
    """
    serial = func.to_char(case_serial.next_value(), SERIAL_MASK)
    return func.concat(f"{received_on:%y}-", serial, type_=String)


def build_name_words(*name_parts: str | None) -> str:
    """The words of an applicant's name, as the column `name_words` takes them."""
    return " ".join(quote_lexeme(word) for word in list_name_words(*name_parts))


def erase_application(application: Application) -> None:
    """Empties the personal columns of an application that is locked."""
    for column in PERSONAL_COLUMNS:
        setattr(application, column, None)


async def erase_history(context: ApplicationsContext, application_id: UUID) -> int:
    """Empties actors, details and facts of an application's history; the number of lines."""
    statement = (
        update(History)
        .where(col(History.application_id) == application_id)
        .values(actor="erased", detail=None, facts=None)
    )
    return (await execute(context.session, statement)).rowcount


async def keep_version(session: AsyncSession, event: QualificationPublished, now: datetime) -> None:
    """Stores a published version. Versions never change, so a stored one is left as it is."""
    row = {
        "id": event.qualification.id,
        "version": event.qualification.version,
        "payload": event,
        "received_at": now,
    }
    await execute(session, insert(QualificationVersion).values(row).on_conflict_do_nothing())


async def keep_withdrawal(
    session: AsyncSession, event: QualificationWithdrawn, now: datetime
) -> None:
    """Stores a qualification's withdrawal. It happens once, so a stored one is left as it is."""
    row = {
        "id": event.qualification_id,
        "withdrawn_from": event.withdrawn_from,
        "reason": event.reason,
        "received_at": now,
    }
    await execute(session, insert(QualificationWithdrawal).values(row).on_conflict_do_nothing())
