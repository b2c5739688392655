"""The route of e-mail, which all senders share: left alone while it fails. None commits."""

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.applications.letters.models import MailRoute
from services.applications.letters.rules import LetterChannel
from services.applications.settings import ApplicationsContext
from shared.db import execute
from shared.delivery.attempts import Attempt, AttemptOutcome
from shared.delivery.circuit import Circuit


async def enter_route(context: ApplicationsContext) -> bool:
    """Whether a letter may be sent now; of a route that fails, one sender tries it alone."""
    statement = insert(MailRoute).values(channel=LetterChannel.EMAIL, failures=0)
    await execute(context.session, statement.on_conflict_do_nothing())
    route = await _lock_route(context)
    circuit = Circuit(route.failures, route.retry_at)
    if not circuit.admits(context.now):
        return False
    route.retry_at = circuit.after_admission(context.now, claim_time(context)).retry_at
    return True


async def leave_route(context: ApplicationsContext, attempt: Attempt) -> None:
    """Records how the route did: any answer about the letter itself shows that it works."""
    if attempt.outcome is AttemptOutcome.UNMADE:
        return
    route = await _lock_route(context)
    circuit = Circuit()
    if attempt.outcome is AttemptOutcome.BROKEN:
        circuit = Circuit(route.failures, route.retry_at).after_failure(context.now)
    route.failures, route.retry_at = circuit.failures, circuit.retry_at


def claim_time(context: ApplicationsContext) -> timedelta:
    """Longer than a try can take: its limit, and the statements around it."""
    seconds = context.settings.smtp_limit_seconds + 2 * context.settings.statement_timeout_seconds
    return timedelta(seconds=seconds)


async def retry_route(context: ApplicationsContext, channel: LetterChannel) -> None:
    """Lets the next letter try a route that rests; a repetition changes nothing."""
    statement = (
        update(MailRoute)
        .where(col(MailRoute.channel) == channel, col(MailRoute.retry_at).is_not(None))
        .values(retry_at=context.now)
    )
    await execute(context.session, statement)


async def _lock_route(context: ApplicationsContext) -> MailRoute:
    return await context.session.get_one(MailRoute, LetterChannel.EMAIL, with_for_update=True)
