"""Addresses of digests set and removed; digests claimed and ended. None commits."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID, uuid4

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.digests.models import OfficeContact
from services.applications.digests.rules import OfficeKind, next_digest_day
from services.applications.digests.schemas import OfficeContactRequest
from services.applications.letters.route import claim_time, enter_route, leave_route
from services.applications.settings import ApplicationsContext
from shared.delivery.attempts import Attempt, AttemptOutcome
from shared.delivery.backoff import LETTER_BACKOFF
from shared.errors import NotFound, check_version

_LASTING_OUTCOMES = (AttemptOutcome.DELIVERED, AttemptOutcome.REFUSED)
"""After these nothing is tried again before the next digest."""


async def get_contact(session: AsyncSession, kind: OfficeKind, number: str) -> OfficeContact:
    """The address of the office. Raises `NotFound`."""
    contact = await session.get(OfficeContact, (kind, number))
    if contact is None:
        raise NotFound("contact.unknown", "No address was given for this office's digest.")
    return contact


async def set_contact(
    context: ApplicationsContext, kind: OfficeKind, number: str, body: OfficeContactRequest
) -> OfficeContact:
    """Sets where the office's digest goes; the first one is due on the next day of digests.

    Raises `StaleVersion` where the caller decided on another address.
    """
    key = (kind, number)
    contact = await context.session.get(OfficeContact, key, with_for_update=True)
    check_version(contact.revision if contact else 0, context.expected_revision)
    if contact is None:
        contact = OfficeContact(
            kind=kind,
            number=number,
            email=body.email,
            language=body.language,
            set_at=context.now,
            set_by=context.actor,
            next_attempt_at=_next_moment(context, kind),
        )
        context.session.add(contact)
    else:
        contact.email, contact.language = body.email, body.language
        contact.set_at, contact.set_by = context.now, context.actor
        contact.failure = None
        contact.revision += 1
    await context.session.flush()
    return contact


async def remove_contact(context: ApplicationsContext, kind: OfficeKind, number: str) -> None:
    """Ends the office's digests.

    Raises `NotFound`, `StaleVersion` where the caller decided on another address.
    """
    contact = await get_contact(context.session, kind, number)
    check_version(contact.revision, context.expected_revision)
    await context.session.delete(contact)


@dataclass(frozen=True, slots=True)
class DigestClaim:
    """A digest that only who has the token may send, until the claim ends.

    `since` is when the one before was sent; None for the first.
    """

    kind: OfficeKind
    number: str
    email: str
    language: str
    digest_on: date
    since: datetime | None
    token: UUID


async def claim_digest(context: ApplicationsContext) -> DigestClaim | None:
    """Claims the digest that waits longest; None where none is due, or the route rests.

    The intent is stored before anything is sent. However many days were missed, it is one digest,
    which tells what is true now.
    """
    query = (
        select(OfficeContact)
        .where(col(OfficeContact.next_attempt_at) <= context.now)
        .order_by(col(OfficeContact.next_attempt_at))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    contact = (await context.session.exec(query)).first()
    if contact is None or not await enter_route(context):
        return None
    contact.digest_on = contact.digest_on or context.today
    contact.claim_token, contact.attempts = uuid4(), contact.attempts + 1
    contact.next_attempt_at = context.now + claim_time(context)
    return DigestClaim(
        kind=contact.kind,
        number=contact.number,
        email=contact.email,
        language=contact.language,
        digest_on=contact.digest_on,
        since=contact.digest_sent_at,
        token=contact.claim_token,
    )


async def end_digest(
    context: ApplicationsContext, claim: DigestClaim, attempt: Attempt | None
) -> None:
    """Records how a try ended; nothing where the claim had ended, or the address was removed.

    None stands for a digest with nothing in it, which is not sent.
    """
    query = select(OfficeContact).where(
        OfficeContact.kind == claim.kind,
        OfficeContact.number == claim.number,
        col(OfficeContact.claim_token) == claim.token,
    )
    contact = (await context.session.exec(query.with_for_update())).first()
    await leave_route(context, attempt or Attempt(AttemptOutcome.UNMADE))
    if contact is None:
        return
    contact.claim_token = None
    contact.failure = attempt.failure if attempt else contact.failure
    if attempt is None or attempt.outcome in _LASTING_OUTCOMES:
        if attempt is not None and attempt.outcome is AttemptOutcome.DELIVERED:
            contact.digest_sent_at = context.now
        contact.digest_on, contact.attempts = None, 0
        contact.next_attempt_at = _next_moment(context, contact.kind)
    else:
        pause = LETTER_BACKOFF.draw_pause(contact.attempts)
        contact.next_attempt_at = min(context.now + pause, _next_moment(context, contact.kind))


async def count_due_digests(session: AsyncSession, now: datetime) -> int:
    """How many digests are due."""
    query = select(func.count()).where(col(OfficeContact.next_attempt_at) <= now)
    return (await session.exec(query)).one()


def _next_moment(context: ApplicationsContext, kind: OfficeKind) -> datetime:
    """When the office's next digest is due: at the first hour of sending of its day."""
    settings = context.settings
    day = next_digest_day(kind, context.today)
    first_hour = time(settings.letters_from_hour)
    return datetime.combine(day, first_hour, settings.time_zone).astimezone(context.now.tzinfo)
