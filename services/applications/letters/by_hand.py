"""Letters that a centre sends by post or tells by phone: its queue, what is done. None commits."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.letters.models import Letter
from services.applications.letters.planning import decide_letter
from services.applications.letters.rules import LetterChannel, LetterState
from services.applications.letters.tokens import keep_tokens
from services.applications.settings import ApplicationsContext
from shared.errors import Conflict, NotFound
from shared.metrics.database import COUNT_LIMIT

MOST_SELECTED = 50
"""Letters of one selection: so many are printed in one file, or marked at once."""


class HandTab(StrEnum):
    """The parts of a centre's queue, by what is to be done next."""

    PRINT = "print"
    POST = "post"
    CALL = "call"


class HandAct(StrEnum):
    """What somebody of the centre has done with a letter."""

    PRINTED = "printed"
    SENT = "sent"
    CALLED = "called"


TAB_LETTERS: Mapping[HandTab, tuple[LetterChannel, LetterState]] = {
    HandTab.PRINT: (LetterChannel.POST, LetterState.PLANNED),
    HandTab.POST: (LetterChannel.POST, LetterState.PRINTED),
    HandTab.CALL: (LetterChannel.PHONE, LetterState.PLANNED),
}
"""Which letters stand in each part."""
TAB_ACTS: Mapping[HandTab, HandAct] = {
    HandTab.PRINT: HandAct.PRINTED,
    HandTab.POST: HandAct.SENT,
    HandTab.CALL: HandAct.CALLED,
}
"""What is done with the letters of each part."""
_NEXT_STATES: Mapping[HandAct, tuple[LetterChannel, LetterState, LetterState]] = {
    HandAct.PRINTED: (LetterChannel.POST, LetterState.PLANNED, LetterState.PRINTED),
    HandAct.SENT: (LetterChannel.POST, LetterState.PRINTED, LetterState.DELIVERED),
    HandAct.CALLED: (LetterChannel.PHONE, LetterState.PLANNED, LetterState.DELIVERED),
}


@dataclass(frozen=True, slots=True)
class HandRow:
    """A letter in the queue, with the number of its case: there stands whom it is for."""

    letter: Letter
    case_number: str


async def count_queue(session: AsyncSession, centre_number: str) -> dict[HandTab, int]:
    """How many letters stand in each part of a centre's queue, counted up to `COUNT_LIMIT`."""
    counts = {}
    for tab in HandTab:
        counted_rows = select(Letter.id).where(*_select_tab(centre_number, tab)).limit(COUNT_LIMIT)
        query = select(func.count()).select_from(counted_rows.subquery())
        counts[tab] = (await session.exec(query)).one()
    return counts


async def list_queue(
    session: AsyncSession, centre_number: str, tab: HandTab, offset: int, limit: int
) -> Sequence[HandRow]:
    """A page of one part of a centre's queue, the longest due first."""
    query = (
        select(Letter, Application.number)
        .join(Application, col(Application.id) == Letter.application_id)
        .where(*_select_tab(centre_number, tab))
        .order_by(col(Letter.due_at), col(Letter.id))
        .offset(offset)
        .limit(limit)
    )
    return [HandRow(letter, number) for letter, number in (await session.exec(query)).all()]


def _select_tab(centre_number: str, tab: HandTab) -> tuple[Any, ...]:
    """A letter that waits for an application in hand is in no part."""
    channel, state = TAB_LETTERS[tab]
    return (
        Letter.centre_number == centre_number,
        Letter.channel == channel,
        Letter.state == state,
        col(Letter.channel) != LetterChannel.EMAIL,
        col(Letter.reason).is_(None),
    )


async def mark_letters(
    context: ApplicationsContext, centre_number: str, letter_ids: Collection[UUID], act: HandAct
) -> int:
    """Records what the actor has done with these letters of their centre, all or none; how many.

    What was recorded before is left as it is. Raises `NotFound` where one is not the centre's,
    `Conflict` where one is to be sent no more.
    """
    channel, state, next_state = _NEXT_STATES[act]
    letters = await _lock_letters(context, centre_number, letter_ids)
    expected_states = {state, next_state}
    changed_letters = [
        letter
        for letter in letters
        if letter.channel is not channel or letter.state not in expected_states
    ]
    if changed_letters:
        raise Conflict(
            "letter.by_hand_changed",
            f"{len(changed_letters)} of these letters are to be sent no more, or stand elsewhere "
            "now. Look at the list anew.",
            values={"number": len(changed_letters)},
        )
    for letter in letters:
        if letter.state is state:
            _move_letter(context, letter, next_state)
    return len(letters)


def _move_letter(context: ApplicationsContext, letter: Letter, state: LetterState) -> None:
    letter.state, letter.handled_by = state, context.actor
    letter.attempts += 1 if state is LetterState.DELIVERED else 0
    if state is LetterState.PRINTED:
        letter.printed_at = context.now
    else:
        letter.delivered_at = context.now


async def take_for_printing(
    context: ApplicationsContext, centre_number: str, letter_ids: Collection[UUID]
) -> list[Letter]:
    """Those of a centre's letters by post that are still to be printed, by what the file says now.

    Raises `NotFound` where one is not the centre's.
    """
    printable_letters = []
    for letter in await _lock_letters(context, centre_number, letter_ids):
        if letter.channel is not LetterChannel.POST:
            continue
        if letter.state is LetterState.PLANNED:
            application = await context.session.get_one(Application, letter.application_id)
            if await decide_letter(context, application, letter):
                printable_letters.append(letter)
        elif letter.state is LetterState.PRINTED:
            printable_letters.append(letter)
    await keep_tokens(context, printable_letters)
    return printable_letters


async def list_printable(
    session: AsyncSession, centre_number: str, letter_ids: Collection[UUID]
) -> Sequence[Letter]:
    """Those of a centre's letters that can be printed still, the longest due first."""
    query = (
        select(Letter)
        .where(
            col(Letter.id).in_(letter_ids),
            Letter.centre_number == centre_number,
            Letter.channel == LetterChannel.POST,
            col(Letter.state).in_((LetterState.PLANNED, LetterState.PRINTED)),
            col(Letter.reason).is_(None),
        )
        .order_by(col(Letter.due_at), col(Letter.id))
    )
    return (await session.exec(query)).all()


async def _lock_letters(
    context: ApplicationsContext, centre_number: str, letter_ids: Collection[UUID]
) -> Sequence[Letter]:
    query = (
        select(Letter)
        .where(col(Letter.id).in_(letter_ids), Letter.centre_number == centre_number)
        .order_by(col(Letter.due_at), col(Letter.id))
        .with_for_update()
    )
    letters = (await context.session.exec(query)).all()
    if len(letters) != len(set(letter_ids)):
        raise NotFound("letter.unknown", "Not all of these letters are your centre's.")
    return letters


async def count_bounced(session: AsyncSession, centre_number: str, since: datetime) -> int:
    """How many letters of a centre have come back since an instant."""
    query = select(func.count()).where(
        Letter.centre_number == centre_number,
        Letter.state == LetterState.BOUNCED,
        col(Letter.bounced_at) > since,
    )
    return (await session.exec(query)).one()
