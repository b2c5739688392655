"""The scan: what is due is entered into the ledger and published, in batches of one statement.

A batch that raises is halved down to the guilty row, which is set aside with its reason; the
others go on. Rows set aside are tried again alone.
"""

import json
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Text, cast, func, select, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlmodel import col

from services.certificates.certificate.models import Certificate
from services.certificates.settings import CertificatesContext, CertificatesSettings
from services.certificates.validity.plan import share_plan
from shared import logs
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database, execute
from shared.events.certificates import CertificateEvent, CertificateExpired, CertificateRenewalDue
from shared.job_states.set_aside import list_due_retries, set_row_aside, take_row_back
from shared.job_states.tables import set_aside
from shared.messaging import envelope
from shared.messaging.outbox import OUTBOX_CHANNEL

NOTICES_JOB = "notices"
RETRY_ROWS = 100
"""Rows set aside that are tried again in one round."""

_SCAN = text((Path(__file__).parent / "scan.sql").read_text("utf-8"))

log = logs.get_logger(__name__)


async def record_due_notices(
    context: CertificatesContext, limit: int, only: UUID | None = None
) -> int:
    """Records the notices of at most `limit` certificates that are due; how many were visited.

    `only` restricts it to one certificate, which may be set aside.
    """
    session = context.session
    await share_plan(session)
    parameters = {
        "today": context.today,
        "now": context.now,
        "limit": limit,
        "only": only,
        "job": NOTICES_JOB,
        "topic": CertificateEvent.TOPIC,
        "renewal_headers": _event_headers(context, CertificateRenewalDue),
        "expired_headers": _event_headers(context, CertificateExpired),
    }
    outcome = (await execute(session, _SCAN, parameters)).one()
    if outcome.notice_count:
        await execute(session, select(func.pg_notify(OUTBOX_CHANNEL, "")))
    return int(outcome.visited_count)


async def scan_due_notices(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Records all notices that are due; returns how many certificates it visited."""
    await _retry_rows(database, clock, settings)
    total, limit = 0, settings.scan_batch
    while True:
        try:
            async with database.transaction() as session:
                context = command_context(session, clock.now(), settings, NOTICES_JOB)
                visited_count = await record_due_notices(context, limit)
        except DBAPIError as error:
            _raise_unless_row_fault(error)
            if limit == 1:
                await _set_first_row_aside(database, clock, settings)
            limit = max(limit // 2, 1)
            continue
        if not visited_count:
            return total
        total += visited_count
        limit = min(limit * 2, settings.scan_batch)


async def count_due(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """How many certificates wait for a notice that is due, those set aside among them."""
    async with database.read_only_transaction() as session:
        today = command_context(session, clock.now(), settings, NOTICES_JOB).today
        query = select(func.count()).where(col(Certificate.next_notice_on) <= today)
        return int((await execute(session, query)).scalar_one())


async def _retry_rows(database: Database, clock: Clock, settings: CertificatesSettings) -> None:
    """Tries again, one by one, what was set aside and whose time has come."""
    async with database.read_only_transaction() as session:
        subjects = await list_due_retries(session, NOTICES_JOB, clock.now(), RETRY_ROWS)
    for subject in subjects:
        try:
            async with database.transaction() as session:
                context = command_context(session, clock.now(), settings, NOTICES_JOB)
                await record_due_notices(context, 1, UUID(subject))
                await take_row_back(session, NOTICES_JOB, subject)
        except DBAPIError as error:
            _raise_unless_row_fault(error)
            await _set_aside(database, clock, subject, error)


async def _set_first_row_aside(
    database: Database, clock: Clock, settings: CertificatesSettings
) -> None:
    """Sets the first row that is due aside, if its notices cannot be recorded alone either."""
    async with database.read_only_transaction() as session:
        context = command_context(session, clock.now(), settings, NOTICES_JOB)
        subject = await _find_first_due(context)
    if subject is None:
        return
    try:
        async with database.transaction() as session:
            context = command_context(session, clock.now(), settings, NOTICES_JOB)
            await record_due_notices(context, 1, subject)
    except DBAPIError as error:
        _raise_unless_row_fault(error)
        await _set_aside(database, clock, str(subject), error)


async def _find_first_due(context: CertificatesContext) -> UUID | None:
    """The certificate with which the next batch begins."""
    is_set_aside = (
        select(set_aside.c.subject)
        .where(set_aside.c.job == NOTICES_JOB, set_aside.c.subject == cast(Certificate.id, Text))
        .exists()
    )
    query = (
        select(Certificate.id)
        .where(col(Certificate.next_notice_on) <= context.today, ~is_set_aside)
        .order_by(col(Certificate.next_notice_on), col(Certificate.id))
        .limit(1)
    )
    first_id: UUID | None = (await execute(context.session, query)).scalar_one_or_none()
    return first_id


async def _set_aside(database: Database, clock: Clock, subject: str, error: DBAPIError) -> None:
    """Sets the row aside; the reason names the kind of failure, no data of the row."""
    sqlstate = getattr(error.orig, "sqlstate", None) or "unknown"
    reason = f"{type(error.orig).__name__}, SQLSTATE {sqlstate}"
    log.error("notice.set_aside", certificate_id=subject, reason=reason)
    async with database.transaction() as session:
        await set_row_aside(session, NOTICES_JOB, subject, reason, clock.now())


def _raise_unless_row_fault(error: DBAPIError) -> None:
    """Raises the error again where the database fails and not one row."""
    if error.connection_invalidated or isinstance(error, InterfaceError | OperationalError):
        raise error


def _event_headers(context: CertificatesContext, event_type: type[CertificateEvent]) -> str:
    """The headers of such an event as JSON; what differs in each is put over them in SQL."""
    blank_event = event_type.model_construct(certificate_id=UUID(int=0))
    return json.dumps(envelope.build_headers(blank_event, uuid4(), context.now))
