"""Letters planned by facts, moved to the next channel, waiting, suppressed. None commits."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import case, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.applications.application.models import Application
from services.applications.letters.addresses import find_channel
from services.applications.letters.models import Letter
from services.applications.letters.queries import find_reason
from services.applications.letters.rules import (
    ALWAYS_TOLD,
    ENDING_CHANGES,
    TOLD_CHANGES,
    UNDELIVERED_STATES,
    LetterChannel,
    LetterKind,
    LetterReason,
    LetterState,
    Recipient,
    SendingHours,
)
from services.applications.settings import ApplicationsContext, ApplicationsSettings
from shared import logs
from shared.db import execute
from shared.events.certificates import (
    CertificateChanged,
    CertificateEvent,
    CertificateExpired,
    CertificateRenewalDue,
    RenewalDays,
)
from shared.tracing import current_trace

log = logs.get_logger(__name__)

_FACTS = UUID("6b1f5a52-5c0e-4a51-9a0e-0d9b6a0f7c11")
"""The namespace of the ids that stand for facts of events."""


def sending_hours(settings: ApplicationsSettings) -> SendingHours:
    """The civil hours in which letters are sent."""
    return SendingHours(settings.letters_from_hour, settings.letters_to_hour, settings.time_zone)


async def plan_renewal_letter(context: ApplicationsContext, event: CertificateRenewalDue) -> None:
    """Plans the letter that validity ends soon."""
    fact = f"{event.ends_on} {event.threshold_days}"
    await _plan_letter(context, event, LetterKind.RENEWAL_DUE, event.ends_on, fact)


async def plan_expiry_letter(context: ApplicationsContext, event: CertificateExpired) -> None:
    """Plans the letter that validity has ended."""
    fact = str(event.ends_on)
    await _plan_letter(context, event, LetterKind.EXPIRED, event.ends_on, fact)


async def follow_change(context: ApplicationsContext, event: CertificateChanged) -> None:
    """Suppresses what the change has made untrue, and plans the letter that tells of it."""
    if event.kind in ENDING_CHANGES:
        await _suppress_letters(context, event.certificate_id, ENDING_CHANGES[event.kind])
    kind = TOLD_CHANGES.get(event.kind)
    if kind is not None:
        day = event.effective_on if kind in ALWAYS_TOLD else event.ends_on
        await _plan_letter(context, event, kind, day, f"{day} {event.effective_on}")


async def _plan_letter(
    context: ApplicationsContext, event: CertificateEvent, kind: LetterKind, day: date, fact: str
) -> None:
    """Plans a letter to the holder, once for each fact, however often its event is published.

    Where the file says that none is to be sent, the letter is kept with that reason.
    """
    application = await context.session.get(Application, event.application_id)
    if application is None:
        log.warning("letter.no_file", application_id=str(event.application_id))
        return
    letter = Letter(
        id=uuid4(),
        notice_id=uuid5(_FACTS, f"{event.certificate_id} {kind} {fact}"),
        application_id=application.id,
        certificate_id=event.certificate_id,
        number=event.number,
        kind=kind,
        day=day,
        recipient=Recipient.HOLDER,
        channel=LetterChannel.EMAIL,
        language=application.language,
        centre_number=application.centre_number,
        state=LetterState.PLANNED,
        planned_at=context.now,
        due_at=context.now,
        next_attempt_at=context.now,
    )
    query = select(Letter.id).where(Letter.notice_id == letter.notice_id)
    if (await context.session.exec(query.limit(1))).first() is not None:
        return
    channel = await find_channel(context, application)
    if isinstance(event, CertificateRenewalDue):
        _name_window(letter, event.window)
        await _end_waiting(context, event.certificate_id)
    await _insert_letter(context, application, letter, channel)


def _name_window(letter: Letter, window: RenewalDays | None) -> None:
    """Lets the letter name the days on which renewal is suggested, where there are any."""
    if window is not None:
        letter.window_starts_on, letter.window_ends_on = window.starts_on, window.ends_on
        letter.window_url = window.url


async def _insert_letter(
    context: ApplicationsContext,
    application: Application,
    letter: Letter,
    channel: LetterChannel | None,
) -> None:
    """Decides whether the letter is sent over the channel, and when, and stores it."""
    if channel is LetterChannel.EMAIL:
        letter.due_at = sending_hours(context.settings).next_moment(context.now)
    letter.channel = channel or LetterChannel.EMAIL
    letter.next_attempt_at = letter.due_at
    letter.trace_id = current_trace().trace_id
    await decide_letter(context, application, letter)
    if channel is None and letter.reason in (None, LetterReason.RENEWAL_IN_HAND):
        letter.state, letter.reason = LetterState.SUPPRESSED, LetterReason.NO_ADDRESS
    statement = insert(Letter).values(letter.model_dump())
    await execute(context.session, statement.on_conflict_do_nothing())


async def decide_letter(
    context: ApplicationsContext, application: Application, letter: Letter
) -> bool:
    """Whether the letter may be sent now, by what the file says now.

    Otherwise it is suppressed with its reason; or it waits a day, while an application for a new
    certificate is in hand.
    """
    letter.reason = await find_reason(context, application, letter)
    if letter.reason is LetterReason.RENEWAL_IN_HAND:
        letter.state = LetterState.PLANNED
        letter.next_attempt_at = sending_hours(context.settings).next_day(context.now)
    elif letter.reason is not None:
        letter.state, letter.claim_token = LetterState.SUPPRESSED, None
    return letter.reason is None


async def plan_next_channel(
    context: ApplicationsContext, application: Application, letter: Letter
) -> bool:
    """Plans the same letter over the next channel, once; whether there is one.

    Where there is none, the letter that has not arrived says so.
    """
    query = select(Letter.channel).where(
        Letter.notice_id == letter.notice_id, Letter.recipient == letter.recipient
    )
    used_channels = (await context.session.exec(query)).all()
    channel = await find_channel(context, application, used_channels)
    if channel is None:
        letter.reason = LetterReason.NO_ADDRESS
        return False
    kept_fields = {
        *("notice_id", "application_id", "certificate_id", "number", "kind", "day"),
        *("recipient", "language", "centre_number"),
        *("window_starts_on", "window_ends_on", "window_url"),
    }
    moments = dict.fromkeys(("planned_at", "due_at", "next_attempt_at"), context.now)
    facts: dict[str, Any] = {**letter.model_dump(include=kept_fields), **moments}
    next_letter = Letter(**facts, channel=channel, state=LetterState.PLANNED)
    await _insert_letter(context, application, next_letter, channel)
    return True


async def decide_waiting(context: ApplicationsContext, limit: int) -> int:
    """Decides letters anew that wait for an application in hand; how many, up to the limit.

    Where that has failed the letter is due; where it goes on the letter waits another day.
    """
    query = (
        select(Letter)
        .where(
            Letter.state == LetterState.PLANNED,
            Letter.reason == LetterReason.RENEWAL_IN_HAND,
            col(Letter.next_attempt_at) <= context.now,
        )
        .order_by(col(Letter.next_attempt_at), col(Letter.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    letters = (await context.session.exec(query)).all()
    for letter in letters:
        application = await context.session.get_one(Application, letter.application_id)
        await decide_letter(context, application, letter)
    return len(letters)


async def _end_waiting(context: ApplicationsContext, certificate_id: UUID) -> None:
    """Of reminders that wait, the last one is enough."""
    statement = (
        update(Letter)
        .where(
            col(Letter.certificate_id) == certificate_id,
            col(Letter.state) == LetterState.PLANNED,
            col(Letter.reason) == LetterReason.RENEWAL_IN_HAND,
        )
        .values(state=LetterState.SUPPRESSED, reason=LetterReason.OVERTAKEN)
    )
    await execute(context.session, statement)


async def _suppress_letters(
    context: ApplicationsContext, certificate_id: UUID, reason: LetterReason
) -> None:
    """Suppresses a certificate's open letters; one that is being sent is not tried again."""
    is_being_sent = col(Letter.state) == LetterState.SENDING
    statement = (
        update(Letter)
        .where(
            col(Letter.certificate_id) == certificate_id,
            col(Letter.state).in_(UNDELIVERED_STATES),
            col(Letter.kind).not_in(ALWAYS_TOLD),
        )
        .values(
            reason=reason,
            state=case((is_being_sent, col(Letter.state)), else_=LetterState.SUPPRESSED.value),
        )
    )
    await execute(context.session, statement)
