"""The scan: what is due is entered into the ledger and published, in batches of one statement."""

import json
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import func, select, text
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import Certificate
from services.certificates.renewal.queries import explanation_url
from services.certificates.settings import CertificatesContext, CertificatesSettings
from services.certificates.validity.gauges import NOTICES_JOB, observe_notices
from services.certificates.validity.plan import share_plan
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database, call_after_commit, execute
from shared.events.certificates import CertificateEvent, CertificateExpired, CertificateRenewalDue
from shared.job_states.rows import RowDuty, handle_due_rows, is_set_aside
from shared.messaging import envelope
from shared.messaging.outbox import OUTBOX_CHANNEL

_SCAN_SQL = (Path(__file__).parent / "scan.sql").read_text("utf-8")
BATCH_STATEMENT = text(
    _SCAN_SQL.format(
        chosen_rows="CAST(c.id AS text) NOT IN (SELECT subject FROM set_aside WHERE job = :job)"
    )
)
_ROW_STATEMENT = text(_SCAN_SQL.format(chosen_rows="c.id = :certificate_id"))


async def record_due_notices(context: CertificatesContext, limit: int) -> int:
    """Records the notices of at most `limit` certificates that are due; how many were visited."""
    return await _scan(context, limit)


async def record_notices_of(context: CertificatesContext, certificate_id: UUID) -> int:
    """Records the notices of one certificate, which may be set aside, where some are due."""
    return await _scan(context, 1, certificate_id)


async def _scan(
    context: CertificatesContext, limit: int, certificate_id: UUID | None = None
) -> int:
    session = context.session
    await share_plan(session)
    parameters = {
        "today": context.today,
        "now": context.now,
        "limit": limit,
        "topic": CertificateEvent.TOPIC,
        "renewal_headers": _event_headers(context, CertificateRenewalDue),
        "expired_headers": _event_headers(context, CertificateExpired),
        "explanation_url": explanation_url(context.settings),
    }
    if certificate_id is None:
        result = await execute(session, BATCH_STATEMENT, {**parameters, "job": NOTICES_JOB})
    else:
        result = await execute(
            session, _ROW_STATEMENT, {**parameters, "certificate_id": certificate_id}
        )
    outcome = result.one()
    zone = context.settings.time_zone
    call_after_commit(session, partial(observe_notices, outcome.entered_notices, context.now, zone))
    if outcome.notice_count:
        await execute(session, select(func.pg_notify(OUTBOX_CHANNEL, "")))
    return int(outcome.visited_count)


async def scan_due_notices(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Records all notices that are due; returns how many certificates it visited."""

    def build_context(session: AsyncSession) -> CertificatesContext:
        return command_context(session, clock.now(), settings, NOTICES_JOB)

    async def record_batch(session: AsyncSession, limit: int) -> int:
        return await record_due_notices(build_context(session), limit)

    async def record_row(session: AsyncSession, subject: str) -> int:
        return await record_notices_of(build_context(session), UUID(subject))

    async def find_first(session: AsyncSession) -> UUID | None:
        return await _find_first_due(build_context(session))

    duty = RowDuty(
        job=NOTICES_JOB,
        batch_rows=settings.scan_batch,
        handle_batch=record_batch,
        handle_row=record_row,
        find_first=find_first,
    )
    return await handle_due_rows(database, clock, duty)


async def count_due(context: CertificatesContext) -> int:
    """How many certificates wait for a notice that is due, those set aside among them."""
    query = select(func.count()).where(col(Certificate.next_notice_on) <= context.today)
    return int((await execute(context.session, query)).scalar_one())


async def _find_first_due(context: CertificatesContext) -> UUID | None:
    """The certificate with which the next batch begins."""
    query = (
        select(col(Certificate.id))
        .where(
            col(Certificate.next_notice_on) <= context.today,
            ~is_set_aside(NOTICES_JOB, col(Certificate.id)),
        )
        .order_by(col(Certificate.next_notice_on), col(Certificate.id))
        .limit(1)
    )
    first_id: UUID | None = (await execute(context.session, query)).scalar_one_or_none()
    return first_id


def _event_headers(context: CertificatesContext, event_type: type[CertificateEvent]) -> str:
    """The headers of such an event as JSON; what differs in each is put over them in SQL."""
    return json.dumps(
        envelope.build_type_headers(event_type, str(UUID(int=0)), uuid4(), context.now)
    )
