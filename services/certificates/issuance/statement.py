"""Not-passed statements: for candidates whom the council did not certify. None commits."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import Statement
from services.certificates.documents import signature_block
from services.certificates.registry import feed
from services.certificates.registry.models import FeedEntry
from services.certificates.registry.rules import FeedReason
from services.certificates.settings import CertificatesSettings
from shared.clock import add_period, civil_date
from shared.db import execute
from shared.events.applications import ApplicationNotConfirmed
from shared.events.certificates import StatementIssued
from shared.messaging import outbox


async def issue_statement(
    session: AsyncSession,
    decision: ApplicationNotConfirmed,
    now: datetime,
    settings: CertificatesSettings,
) -> Statement:
    """Issues the not-passed statement of a candidate, or returns the one issued before."""
    issued_statement = await session.get(Statement, decision.application_id)
    if issued_statement is not None:
        return issued_statement
    today = civil_date(now, settings.time_zone)
    statement = Statement(
        application_id=decision.application_id,
        number=decision.statement_number,
        holder=decision.holder.model_dump(mode="json"),
        qualification=decision.qualification.model_dump(mode="json"),
        centre=await signature_block.get_printed_centre(session, decision.centre),
        decided_on=decision.decided_on,
        decision_protocol=decision.decision_protocol,
        examined_from=decision.examined_from,
        examined_to=decision.examined_to,
        recommendation=decision.recommendation,
        issued_on=today,
        issued_at=now,
        kept_until=add_period(today, settings.statement_term),
    )
    session.add(statement)
    await session.flush()
    await feed.append_statement_entry(session, statement, FeedReason.ISSUED, now)
    event = StatementIssued(
        application_id=statement.application_id, number=statement.number, issued_on=today
    )
    await outbox.record_events(session, event, now=now)
    return statement


async def erase_names(
    session: AsyncSession, now: datetime, settings: CertificatesSettings, limit: int = 100
) -> int:
    """Erases the names on statements whose term is over, also in the feed; returns how many.

    The feed's digests stay, so its chain still proves that nothing else was changed.
    """
    query = (
        select(Statement)
        .where(col(Statement.kept_until) < civil_date(now, settings.time_zone))
        .where(col(Statement.holder).is_not(None))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statements = (await session.exec(query)).all()
    for statement in statements:
        is_of_statement = col(FeedEntry.subject_id) == statement.application_id
        await execute(session, update(FeedEntry).where(is_of_statement).values(content=None))
        statement.holder = None
        await session.flush()
        await feed.append_statement_entry(session, statement, FeedReason.ERASED, now)
    return len(statements)
