"""Not-passed statements: for candidates whom the council did not certify. None commits."""

from sqlmodel import col, select, update

from services.certificates.certificate.models import Statement
from services.certificates.documents.signature_block import get_printed_centre
from services.certificates.issuance.later_decisions import (
    IssuedDocuments,
    end_certification,
    is_overtaken,
    map_documents,
    revoke_statement,
)
from services.certificates.registry.feed import append_statement_entry
from services.certificates.registry.rules import FeedReason
from services.certificates.settings import CertificatesContext
from shared.clock import add_period
from shared.db import execute
from shared.events.applications import ApplicationNotConfirmed
from shared.events.certificates import StatementIssued
from shared.messaging import outbox


async def issue_statement(
    context: CertificatesContext, decision: ApplicationNotConfirmed
) -> Statement | None:
    """Issues the not-passed statement of a candidate, or returns the one issued before.

    A decision after an appeal ends what came of the one before it: the certificate is annulled, the
    earlier statement revoked, and this one is its next version. Returns None where a later decision
    has taken effect already: this one gives nothing any more.
    """
    session = context.session
    query = select(Statement).where(Statement.number == decision.statement_number)
    issued_statement = (await session.exec(query)).first()
    if issued_statement is not None:
        return issued_statement
    documents = (await map_documents(session, [decision.application_id]))[decision.application_id]
    if await is_overtaken(context, documents, decision):
        return None
    await end_certification(context, decision)
    await revoke_statement(context, documents.statement, decision)
    statement = await _build_statement(context, decision, documents)
    session.add(statement)
    await session.flush()
    await _keep_earlier_versions(context, statement)
    await append_statement_entry(context, statement, FeedReason.ISSUED)
    event = StatementIssued(
        application_id=statement.application_id,
        number=statement.number,
        issued_on=statement.issued_on,
    )
    await outbox.record_events(session, event, now=context.now)
    return statement


async def _build_statement(
    context: CertificatesContext, decision: ApplicationNotConfirmed, documents: IssuedDocuments
) -> Statement:
    """The next version of the application's statement."""
    latest_version = 0 if documents.statement is None else documents.statement.version
    return Statement(
        application_id=decision.application_id,
        version=decision.statement_version or latest_version + 1,
        decision_ordinal=decision.decision_ordinal or documents.latest_ordinal + 1,
        number=decision.statement_number,
        holder=decision.holder,
        qualification=decision.qualification,
        centre=await get_printed_centre(context.session, decision.centre),
        decided_on=decision.decided_on,
        decision_protocol=decision.decision_protocol,
        examined_from=decision.examined_from,
        examined_to=decision.examined_to,
        recommendation=decision.recommendation,
        issued_on=context.today,
        issued_at=context.now,
        kept_until=add_period(context.today, context.settings.statement_term),
    )


async def _keep_earlier_versions(context: CertificatesContext, statement: Statement) -> None:
    """Keeps the names of the versions before as long: they are erased together, as one record."""
    is_earlier = (
        col(Statement.application_id) == statement.application_id,
        col(Statement.version) < statement.version,
    )
    keeping = update(Statement).where(*is_earlier).values(kept_until=statement.kept_until)
    await execute(context.session, keeping)


async def erase_names(context: CertificatesContext, limit: int = 100) -> int:
    """Erases the names on statements whose term is over, also in the feed; returns how many.

    The feed loses its contents when the entry of the erasure gets its position, within a wake-up
    of the worker. Its digests stay, so the chain still proves that nothing else was changed.
    """
    session = context.session
    query = (
        select(Statement)
        .where(col(Statement.kept_until) < context.today)
        .where(col(Statement.holder).is_not(None))
        .order_by(col(Statement.kept_until), col(Statement.application_id), col(Statement.version))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statements = (await session.exec(query)).all()
    for statement in statements:
        statement.holder = None
        await session.flush()
        await append_statement_entry(context, statement, FeedReason.ERASED)
    return len(statements)
