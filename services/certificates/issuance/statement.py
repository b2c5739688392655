"""Not-passed statements: for those whom the council did not certify. None commits."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import Statement
from services.certificates.documents import signature_block
from services.certificates.registry import feed
from services.certificates.registry.models import FeedEntry
from services.certificates.registry.rules import Event
from services.certificates.settings import CertificatesSettings
from shared.clock import add_period, civil_date
from shared.db import execute
from shared.events.applications import ApplicationNotConfirmed
from shared.events.certificates import StatementIssued
from shared.messaging import outbox


async def issue(
    session: AsyncSession,
    decided: ApplicationNotConfirmed,
    now: datetime,
    settings: CertificatesSettings,
) -> Statement:
    """The statement of one who failed: a new one, or the one that there is."""
    existing = await session.get(Statement, decided.application_id)
    if existing is not None:
        return existing
    today = civil_date(now, settings.time_zone)
    statement = Statement(
        application_id=decided.application_id,
        number=decided.statement_number,
        holder=decided.holder.model_dump(mode="json"),
        qualification=decided.qualification.model_dump(mode="json"),
        centre=await signature_block.printed(session, decided.centre),
        decided_on=decided.decided_on,
        decision_protocol=decided.decision_protocol,
        examined_from=decided.examined_from,
        examined_to=decided.examined_to,
        recommendation=decided.recommendation,
        issued_on=today,
        issued_at=now,
        kept_until=add_period(today, settings.certificates_statement_term),
    )
    session.add(statement)
    await session.flush()
    await feed.enter_statement(session, statement, Event.ISSUED, now)
    event = StatementIssued(
        application_id=statement.application_id, number=statement.number, issued_on=today
    )
    await outbox.record(session, event, now=now)
    return statement


async def erase(
    session: AsyncSession, now: datetime, settings: CertificatesSettings, most: int = 100
) -> int:
    """Erases the names on statements whose term is over, also in the feed; how many it were.

    The feed's digests stay, so its chain still proves that nothing else was changed.
    """
    query = (
        select(Statement)
        .where(col(Statement.kept_until) < civil_date(now, settings.time_zone))
        .where(col(Statement.holder).is_not(None))
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    found = (await session.exec(query)).all()
    for statement in found:
        told = col(FeedEntry.subject_id) == statement.application_id
        await execute(session, update(FeedEntry).where(told).values(content=None))
        statement.holder = None
        await session.flush()
        await feed.enter_statement(session, statement, Event.ERASED, now)
    return len(found)
