"""Consent, and the end of a file: which data is erased when, with an act that proves it.

Sources: order 759n, item 3 (how long a file is kept); 152-FZ, art. 9 and 21; order 179 of
28.10.2022 (the act and the extract of the log).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.appeals.models import Appeal
from services.applications.appeals.rules import AppealOutcome
from services.applications.appeals.status import OPEN_STATUSES
from services.applications.application import queries
from services.applications.application.models import Application, History
from services.applications.application.operations import append_history
from services.applications.application.status import TRANSITIONS, Command, Status
from services.applications.decision.models import Decision
from services.applications.documents.models import Document
from services.applications.examination.models import Appointment, Examination
from services.applications.intake import operations
from services.applications.intake import queries as intake_queries
from services.applications.intake.models import Consent
from services.applications.limits import operations as limits_operations
from services.applications.limits import queries as limits_queries
from services.applications.retention.models import Erasure, erasure_serial
from services.applications.review.models import Review
from services.applications.settings import ApplicationsSettings
from shared.clock import civil_date
from shared.db import execute
from shared.encryption import Keyring
from shared.errors import NotFound

ERASED_COLUMNS = (
    *("family_name", "given_name", "patronymic", "birth_date", "email", "phone", "address"),
    *("postal_address", "identity_document", "identity_key", "payer", "employer_number"),
    *("representative", "recertifies", "applicant_subject", "reviewer", "notify_by"),
)
"""The columns of an application that erasure empties."""


async def withdraw_consent(
    session: AsyncSession, application_id: UUID, now: datetime, settings: ApplicationsSettings
) -> Application:
    """Withdraws the person's consent; a repetition changes nothing. Raises `NotFound`.

    An application that can be withdrawn is withdrawn, and its file is erased at the next scan.
    Once the candidate was examined the file is kept for its term, whatever the consent: that is
    the law's own basis (order 759n, item 3).
    """
    application = await queries.lock_application(session, application_id)
    consent = await intake_queries.consent_of(session, application_id)
    assert consent is not None, "every application comes with one until its file is erased"
    if consent.withdrawn_at is not None:
        return application
    consent.withdrawn_at = now
    status = Status(application.status)
    if Command.WITHDRAW in TRANSITIONS.allowed_commands(status):
        await operations.withdraw_application(session, application_id, None, None, now, settings)
    if application.status in (Status.WITHDRAWN, Status.DECLINED):
        today = civil_date(now, settings.time_zone)
        application.kept_until = today
        await limits_operations.record_procedure_event(
            session, application, "purpose_ended", today, settings
        )
    application.revision += 1
    append_history(
        session, application, "withdraw_consent", "applicant", now, Status(application.status)
    )
    await session.flush()
    return application


async def next_expired_file(
    session: AsyncSession, now: datetime, settings: ApplicationsSettings
) -> Application | None:
    """An application whose term of keeping has ended, locked; None when there is none.

    The last day of keeping still counts as kept. While an appeal is open nothing is erased.
    """
    today = civil_date(now, settings.time_zone)
    open_appeals = select(Appeal.id).where(
        Appeal.application_id == Application.id,
        col(Appeal.status).in_(OPEN_STATUSES),
        ~((col(Appeal.outcome) == AppealOutcome.REFUSED) & col(Appeal.sent_on).is_not(None)),
    )
    query = (
        select(Application)
        .where(
            col(Application.kept_until) < today,
            col(Application.erased_on).is_(None),
            ~open_appeals.exists(),
        )
        .order_by(col(Application.kept_until), col(Application.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return (await session.exec(query)).first()


async def erase_file(
    session: AsyncSession,
    application: Application,
    erased_files: list[str],
    now: datetime,
    settings: ApplicationsSettings,
) -> Erasure:
    """Empties every personal column and records the act of erasure.

    `erased_files` are the object keys that were deleted from the store already. The application
    must be locked.
    """
    today = civil_date(now, settings.time_zone)
    assert application.kept_until is not None, "only what has a term comes to its end"
    if not await _is_erasure_running(session, application):
        await limits_operations.record_procedure_event(
            session, application, "purpose_ended", application.kept_until, settings
        )
    log: list[dict[str, Any]] = [
        {"object": key, "result": "deleted", "at": now.isoformat()} for key in erased_files
    ]
    log += [
        entry for entry in await _erase_related_rows(session, application, now) if entry["rows"]
    ]
    for column in ERASED_COLUMNS:
        setattr(application, column, None)
    application.erased_on = today
    application.revision += 1
    log.append(
        {"table": "application", "columns": list(ERASED_COLUMNS), "rows": 1, "at": now.isoformat()}
    )
    serial = (await session.exec(select(erasure_serial.next_value()))).one()
    act = Erasure(
        application_id=application.id,
        act_number=f"{today.year}-{serial:06d}",
        erased_at=now,
        basis=f"kept until {application.kept_until.isoformat()}",
        log=log,
    )
    session.add(act)
    await limits_operations.record_procedure_event(session, application, "erased", today, settings)
    status = Status(application.status)
    append_history(session, application, "erase", "retention", now, status, f"act {act.act_number}")
    await session.flush()
    return act


async def _is_erasure_running(session: AsyncSession, application: Application) -> bool:
    """Whether the time limit on erasure runs already, as after a withdrawn consent."""
    running_limits = await limits_queries.lock_running_limits(
        session, application.id, ["erasure"], None
    )
    return bool(running_limits)


async def count_remaining(session: AsyncSession, application_id: UUID) -> dict[str, int]:
    """How many personal columns and rows the database still holds, by table: the check of an act.

    Raises `NotFound`.
    """
    application = await queries.get_application(session, application_id)
    filled_columns = sum(getattr(application, column) is not None for column in ERASED_COLUMNS)
    remaining_counts = {"application columns": filled_columns}
    for table in (Document, Consent):
        query = select(func.count()).select_from(table)
        row_count_query = query.where(col(table.application_id) == application_id)
        remaining_counts[str(table.__tablename__)] = (await session.exec(row_count_query)).one()
    return remaining_counts


async def erasure_act(session: AsyncSession, application_id: UUID) -> Erasure:
    """The act of erasure of an application's file. Raises `NotFound`."""
    erasure = await session.get(Erasure, application_id)
    if erasure is None:
        raise NotFound("erasure.unknown", f"The file of {application_id} was not erased.")
    return erasure


async def reseal_identity_documents(
    session: AsyncSession, keyring: Keyring, batch_size: int
) -> int:
    """Seals a batch of identity documents under the current key; the number of rows."""
    query = (
        select(Application)
        .where(
            col(Application.identity_key).is_not(None),
            Application.identity_key != keyring.current_fingerprint,
        )
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


async def _erase_related_rows(
    session: AsyncSession, application: Application, now: datetime
) -> list[dict[str, Any]]:
    """Deletes or empties the person's data in other tables; one line of the log for each table."""
    application_id = application.id
    statements = {
        "document": delete(Document).where(col(Document.application_id) == application_id),
        "consent": delete(Consent).where(col(Consent.application_id) == application_id),
        "review": update(Review)
        .where(col(Review.application_id) == application_id)
        .values(remarks=[], reviewer=""),
        "appointment": update(Appointment)
        .where(col(Appointment.application_id) == application_id)
        .values(reason=None),
        "examination": update(Examination)
        .where(col(Examination.application_id) == application_id)
        .values(parts=[], commission=[], materials=[]),
        "decision": update(Decision)
        .where(col(Decision.application_id) == application_id)
        .values(members=[], recommendation=None),
        "appeal": update(Appeal)
        .where(col(Appeal.application_id) == application_id)
        .values(appellant_name=None, explanation_text=None, reasons=None, chair=None, members=None),
        "history": update(History)
        .where(col(History.application_id) == application_id)
        .values(actor="erased", detail=None),
    }
    log = []
    for table, statement in statements.items():
        result = await execute(session, statement)
        log.append({"table": table, "rows": result.rowcount, "at": now.isoformat()})
    return log
