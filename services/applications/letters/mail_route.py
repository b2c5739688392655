"""The route by which letters go, tried at once when operations have mended it. Never commits."""

from sqlalchemy import update
from sqlmodel import col

from services.applications.letters.models import MailRoute
from services.applications.letters.rules import LetterChannel
from services.applications.settings import ApplicationsContext
from shared.db import execute


async def retry_route(context: ApplicationsContext, channel: LetterChannel) -> None:
    """Lets the next letter try a route that rests; a repetition changes nothing."""
    statement = (
        update(MailRoute)
        .where(col(MailRoute.channel) == channel, col(MailRoute.retry_at).is_not(None))
        .values(retry_at=context.now)
    )
    await execute(context.session, statement)
