"""Letters claimed, ended, tried again, erased. None commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import case, update
from sqlmodel import col, select

from services.applications.application.models import Application
from services.applications.letters.addresses import bar_address, hash_address, is_barred
from services.applications.letters.models import Letter
from services.applications.letters.planning import (
    decide_letter,
    plan_next_channel,
    sending_hours,
)
from services.applications.letters.queries import LetterFilter, due_letters
from services.applications.letters.route import claim_time, enter_route, leave_route
from services.applications.letters.rules import (
    RETRIED_STATES,
    UNDELIVERED_STATES,
    BarReason,
    LetterChannel,
    LetterReason,
    LetterState,
)
from services.applications.letters.tokens import delete_tokens, keep_tokens
from services.applications.settings import ApplicationsContext
from shared.db import execute
from shared.delivery.attempts import Attempt, AttemptOutcome
from shared.delivery.backoff import LETTER_BACKOFF
from shared.errors import Conflict


@dataclass(frozen=True, slots=True)
class Claim:
    """A letter that only who has the token may send, until the claim ends; None: none was sent."""

    letter_id: UUID
    token: UUID | None


async def claim_letter(context: ApplicationsContext) -> Claim | None:
    """Claims the letter that waits longest; None where none is due, or the route rests.

    The intent is stored before anything is sent: whoever dies leaves a letter that goes again.
    """
    query = (
        select(Letter)
        .where(*due_letters(LetterChannel.EMAIL, context.now))
        .order_by(col(Letter.next_attempt_at), col(Letter.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    letter = (await context.session.exec(query)).first()
    if letter is None:
        return None
    application = await context.session.get_one(Application, letter.application_id)
    if not await _may_be_sent(context, application, letter):
        return Claim(letter.id, None)
    if not await enter_route(context):
        return None
    letter.state, letter.claim_token = LetterState.SENDING, uuid4()
    letter.attempts += 1
    letter.next_attempt_at = context.now + claim_time(context)
    letter.address_hash = hash_address(letter.id, application.email or "")
    await keep_tokens(context, [letter])
    return Claim(letter.id, letter.claim_token)


async def _may_be_sent(
    context: ApplicationsContext, application: Application, letter: Letter
) -> bool:
    """Whether the letter is still true, and its address still takes letters.

    Where another letter has found out that it does not, the next channel goes on.
    """
    if letter.reason is not None:
        letter.state, letter.claim_token = LetterState.SUPPRESSED, None
        return False
    if not await decide_letter(context, application, letter):
        return False
    barring = (BarReason.REFUSED, BarReason.BOUNCED)
    if application.email is None or await is_barred(context, application, *barring):
        letter.state, letter.reason = LetterState.SUPPRESSED, LetterReason.NO_ADDRESS
        letter.claim_token = None
        await plan_next_channel(context, application, letter)
        return False
    return True


async def end_attempt(context: ApplicationsContext, claim: Claim, attempt: Attempt) -> None:
    """Records how a try ended; nothing where the claim had ended and another sender has it."""
    query = select(Letter).where(
        Letter.id == claim.letter_id, col(Letter.claim_token) == claim.token
    )
    letter = (await context.session.exec(query.with_for_update())).first()
    await leave_route(context, attempt)
    if letter is None:
        return
    letter.claim_token, letter.failure = None, attempt.failure
    if attempt.outcome is AttemptOutcome.DELIVERED:
        letter.state, letter.reason = LetterState.DELIVERED, None
        letter.delivered_at = context.now
        return
    if attempt.outcome is not AttemptOutcome.BROKEN:
        letter.failures += 1
    if attempt.outcome is AttemptOutcome.REFUSED:
        await end_in_vain(context, letter, BarReason.REFUSED)
    else:
        _decide_next_attempt(context, letter)


async def end_in_vain(
    context: ApplicationsContext, letter: Letter, bar_reason: BarReason | None
) -> None:
    """Ends a letter that has not arrived and never will, and goes on by the next channel.

    `bar_reason` is why its address gets no further letters; None where it is not the address. A
    letter that says what is true no longer goes on by none.
    """
    application = await context.session.get_one(Application, letter.application_id)
    letter.state, letter.bounced_at = LetterState.BOUNCED, context.now
    letter.delivered_at = None
    if bar_reason is not None:
        await bar_address(context, application, bar_reason)
    if letter.reason is None:
        await plan_next_channel(context, application, letter)


def _decide_next_attempt(context: ApplicationsContext, letter: Letter) -> None:
    if letter.reason is not None:
        letter.state = LetterState.SUPPRESSED
    elif LETTER_BACKOFF.is_exhausted(letter.failures):
        letter.state = LetterState.GIVEN_UP
    else:
        letter.state = LetterState.FAILED
        next_attempt_at = context.now + LETTER_BACKOFF.draw_pause(letter.attempts)
        letter.next_attempt_at = sending_hours(context.settings).next_moment(next_attempt_at)


async def retry_letters(context: ApplicationsContext, letter_ids: Sequence[UUID]) -> int:
    """Plans these letters anew, all or none; how many.

    Raises `Conflict` when one of them is not failed or given up (any more).
    """
    unique_ids = set(letter_ids)
    return await _retry_selection(context, [col(Letter.id).in_(unique_ids)], len(unique_ids))


async def retry_filtered_letters(
    context: ApplicationsContext, letter_filter: LetterFilter, count: int
) -> int:
    """Plans anew what the filter finds of letters that failed or were given up; how many.

    Raises `Conflict` when they are not as many as `count`, which is what the caller saw.
    """
    return await _retry_selection(context, letter_filter.build_conditions(), count)


async def _retry_selection(
    context: ApplicationsContext, conditions: Sequence[Any], count: int
) -> int:
    """One more than `count` is enough to know that there are others."""
    retried_rows = (
        select(Letter.id)
        .where(*conditions, col(Letter.state).in_(RETRIED_STATES))
        .order_by(col(Letter.id))
        .limit(count + 1)
        .with_for_update()
    )
    letter_ids = (await context.session.exec(retried_rows)).all()
    if len(letter_ids) != count:
        raise Conflict(
            "letter.changed",
            f"{len(letter_ids)} of the letters that you mean have failed or were given up; you "
            f"name {count}.",
            extra={"count": len(letter_ids)},
        )
    statement = (
        update(Letter)
        .where(col(Letter.id).in_(letter_ids))
        .values(
            state=LetterState.PLANNED,
            failures=0,
            next_attempt_at=sending_hours(context.settings).next_moment(context.now),
        )
    )
    await execute(context.session, statement)
    return len(letter_ids)


async def erase_letters(context: ApplicationsContext, application_id: UUID) -> int:
    """Suppresses what is still to be sent, and empties hashes and actors; the number of rows."""
    await delete_tokens(context.session, application_id)
    is_open = col(Letter.state).in_(UNDELIVERED_STATES)
    statement = (
        update(Letter)
        .where(col(Letter.application_id) == application_id)
        .values(
            address_hash=None,
            handled_by=None,
            reason=case((is_open, LetterReason.ERASED.value), else_=col(Letter.reason)),
            state=case((is_open, LetterState.SUPPRESSED.value), else_=col(Letter.state)),
        )
    )
    return (await execute(context.session, statement)).rowcount
