"""Consent, and the end of a file: which data is erased when, with an act that proves it.

Sources: order 759n, item 3 (how long a file is kept); 152-FZ, art. 9 and 21; order 179 of
28.10.2022 (the act and the extract of the log).
"""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.applications.appeals.models import Appeal
from services.applications.appeals.operations import erase_appeals
from services.applications.appeals.rules import AppealOutcome
from services.applications.appeals.status import OPEN_STATUSES
from services.applications.application.models import PERSONAL_COLUMNS, Application
from services.applications.application.operations import (
    append_history,
    erase_application,
    erase_history,
)
from services.applications.application.queries import get_application, lock_application
from services.applications.application.schemas import HistoryFacts
from services.applications.application.status import TRANSITIONS, Actor, Command, Status
from services.applications.decision.operations import erase_decisions
from services.applications.decision.queries import has_live_certificate
from services.applications.documents.models import Document
from services.applications.documents.operations import erase_documents
from services.applications.drafts.operations import erase_drafts
from services.applications.examination.operations import erase_appointments, erase_examinations
from services.applications.intake.models import Consent
from services.applications.intake.operations import erase_consent, withdraw_application
from services.applications.intake.queries import get_consent
from services.applications.letters.addresses import erase_barred_addresses
from services.applications.letters.operations import erase_letters
from services.applications.limits.operations import record_procedure_event
from services.applications.limits.queries import lock_running_limits
from services.applications.limits.rules import ProcedureEvent
from services.applications.retention.models import Erasure, erasure_serial
from services.applications.retention.schemas import DeletedFile, ErasedRows, LogEntry
from services.applications.review.operations import erase_reviews
from services.applications.settings import ApplicationsContext
from shared.columns import is_other_than
from shared.encryption import Keyring
from shared.errors import Conflict, NotFound
from shared.job_states.rows import is_set_aside

RETENTION_ACTOR = "retention"
ERASURE_JOB = "erasure"
"""The job that erases files, and sets those aside that it cannot erase."""

EraseRows = Callable[[ApplicationsContext, UUID], Awaitable[int]]

ERASURES: Mapping[str, EraseRows] = {
    "document": erase_documents,
    "consent": erase_consent,
    "review": erase_reviews,
    "appointment": erase_appointments,
    "examination": erase_examinations,
    "decision": erase_decisions,
    "appeal": erase_appeals,
    "form_draft": erase_drafts,
    "letter": erase_letters,
    "barred_address": erase_barred_addresses,
    "history": erase_history,
}
"""What erases an application's personal data in each table but its own: each room's function."""


async def withdraw_consent(context: ApplicationsContext, application_id: UUID) -> Application:
    """Withdraws the person's consent; a repetition changes nothing.

    An application that can be withdrawn is withdrawn, and its file is erased at the next scan.
    Once the candidate was examined the file is kept for its term, whatever the consent: that is
    the law's own basis (order 759n, item 3). Raises `NotFound`, and `Conflict` once the file was
    erased, and the consent with it.
    """
    context = context.acting_as(Actor.APPLICANT).without_expectation()
    session = context.session
    application = await lock_application(session, application_id)
    consent = await get_consent(session, application_id)
    if consent is None:
        raise Conflict(
            "consent.erased",
            "The file was erased: no personal data is left here, nor a consent to withdraw.",
        )
    if consent.withdrawn_at is not None:
        return application
    consent.withdrawn_at = context.now
    if Command.WITHDRAW in TRANSITIONS.allowed_commands(application.status):
        await withdraw_application(context, application_id)
    is_unfinished = application.status in (Status.WITHDRAWN, Status.DECLINED)
    if is_unfinished and not await has_live_certificate(session, application_id):
        application.kept_until = context.today
        await record_procedure_event(
            context, application, ProcedureEvent.PURPOSE_ENDED, context.today
        )
    application.revision += 1
    append_history(context, application, "withdraw_consent", application.status)
    await session.flush()
    return application


async def lock_expired_file(
    context: ApplicationsContext, application_id: UUID | None = None
) -> Application | None:
    """An application whose term of keeping has ended, locked; None when there is none.

    The last day of keeping still counts as kept. While an appeal is open nothing is erased. Without
    an id it is the first that is not set aside.
    """
    is_selected = (
        ~is_set_aside(ERASURE_JOB, col(Application.id))
        if application_id is None
        else col(Application.id) == application_id
    )
    query = _select_expired_files(context).where(is_selected).limit(1)
    return (await context.session.exec(query.with_for_update(skip_locked=True))).first()


async def find_expired_file(context: ApplicationsContext) -> UUID | None:
    """The id of the file that is erased next."""
    is_next = ~is_set_aside(ERASURE_JOB, col(Application.id))
    query = _select_expired_files(context).where(is_next).limit(1)
    application = (await context.session.exec(query)).first()
    return None if application is None else application.id


async def count_expired_files(context: ApplicationsContext) -> int:
    """How many files wait for their erasure, those set aside among them."""
    query = select(func.count()).select_from(_select_expired_files(context).subquery())
    return (await context.session.exec(query)).one()


def _select_expired_files(context: ApplicationsContext) -> SelectOfScalar[Application]:
    """The files whose term has ended and that no appeal keeps, the longest waiting first."""
    open_appeals = select(Appeal.id).where(
        Appeal.application_id == Application.id,
        col(Appeal.status).in_(OPEN_STATUSES),
        ~((col(Appeal.outcome) == AppealOutcome.REFUSED) & col(Appeal.sent_on).is_not(None)),
    )
    return (
        select(Application)
        .where(
            col(Application.kept_until) < context.today,
            col(Application.erased_on).is_(None),
            ~open_appeals.exists(),
        )
        .order_by(col(Application.kept_until), col(Application.id))
    )


async def erase_file(
    context: ApplicationsContext, application: Application, erased_files: list[str]
) -> Erasure:
    """Empties every personal column and records the act of erasure.

    `erased_files` are the object keys that were deleted from the store already. The application
    must be locked.
    """
    session, now = context.session, context.now
    assert application.kept_until is not None, "only what has a term comes to its end"
    if not await _is_erasure_running(session, application.id):
        await record_procedure_event(
            context, application, ProcedureEvent.PURPOSE_ENDED, application.kept_until
        )
    log: list[LogEntry] = [DeletedFile(object=key, at=now) for key in erased_files]
    log += await _erase_related_rows(context, application.id)
    erase_application(application)
    log.append(ErasedRows(table="application", columns=PERSONAL_COLUMNS, rows=1, at=now))
    application.erased_on = context.today
    application.revision += 1
    serial = (await session.exec(select(erasure_serial.next_value()))).one()
    act = Erasure(
        application_id=application.id,
        act_number=f"{context.today.year}-{serial:06d}",
        erased_at=now,
        basis=f"kept until {application.kept_until.isoformat()}",
        log=tuple(log),
    )
    session.add(act)
    await record_procedure_event(context, application, ProcedureEvent.ERASED, context.today)
    facts = HistoryFacts(act_number=act.act_number)
    append_history(context, application, "erase", application.status, facts)
    await session.flush()
    return act


async def _erase_related_rows(
    context: ApplicationsContext, application_id: UUID
) -> list[ErasedRows]:
    """Erases the person's data in other tables; one line of the log for each that had any."""
    log = []
    for table, erase_rows in ERASURES.items():
        row_count = await erase_rows(context, application_id)
        if row_count:
            log.append(ErasedRows(table=table, rows=row_count, at=context.now))
    return log


async def _is_erasure_running(session: AsyncSession, application_id: UUID) -> bool:
    """Whether the time limit on erasure runs already, as after a withdrawn consent."""
    return bool(await lock_running_limits(session, application_id, ["erasure"], None))


async def count_remaining(session: AsyncSession, application_id: UUID) -> dict[str, int]:
    """How many personal columns and rows the database still holds, by table: the check of an act.

    Raises `NotFound`.
    """
    application = await get_application(session, application_id)
    filled_columns = sum(getattr(application, column) is not None for column in PERSONAL_COLUMNS)
    remaining_counts = {"application columns": filled_columns}
    for table in (Document, Consent):
        query = select(func.count()).select_from(table)
        row_count_query = query.where(col(table.application_id) == application_id)
        remaining_counts[str(table.__tablename__)] = (await session.exec(row_count_query)).one()
    return remaining_counts


async def get_erasure_act(session: AsyncSession, application_id: UUID) -> Erasure:
    """The act of erasure of an application's file. Raises `NotFound`."""
    erasure = await session.get(Erasure, application_id)
    if erasure is None:
        raise NotFound("erasure.unknown", f"The file of {application_id} was not erased.")
    return erasure


async def reseal_batch(session: AsyncSession, keyring: Keyring, batch_size: int) -> int:
    """Seals a batch of identity documents under the current key; the number of rows."""
    query = (
        select(Application)
        .where(is_other_than(col(Application.identity_key), keyring.current_fingerprint))
        .limit(batch_size)
        .with_for_update(skip_locked=True)
    )
    applications = (await session.exec(query)).all()
    for application in applications:
        assert application.identity_document is not None, "a key's name stands with what it seals"
        application.identity_document = keyring.rotate(application.identity_document)
        application.identity_key = keyring.current_fingerprint
    await session.flush()
    return len(applications)
