"""Letters planned, claimed, ended, tried again. None commits."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4, uuid5

from sqlalchemy import case, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.applications.application.models import Application
from services.applications.letters.models import Letter, MailRoute
from services.applications.letters.queries import due_letters, find_reason
from services.applications.letters.rules import (
    ENDING_CHANGES,
    OPEN_STATES,
    RETRIED_STATES,
    TOLD_CHANGES,
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
from shared.delivery.attempts import Attempt, AttemptOutcome
from shared.delivery.backoff import LETTER_BACKOFF
from shared.delivery.circuit import Circuit
from shared.errors import Conflict
from shared.events.certificates import (
    CertificateChanged,
    CertificateEvent,
    CertificateExpired,
    CertificateRenewalDue,
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
    fact = f"{event.valid_until} {event.threshold_days}"
    await _plan_letter(context, event, LetterKind.RENEWAL_DUE, event.valid_until, fact)


async def plan_expiry_letter(context: ApplicationsContext, event: CertificateExpired) -> None:
    """Plans the letter that validity has ended."""
    fact = str(event.valid_until)
    await _plan_letter(context, event, LetterKind.EXPIRED, event.valid_until, fact)


async def follow_change(context: ApplicationsContext, event: CertificateChanged) -> None:
    """Suppresses what the change has made untrue, and plans the letter that tells of it."""
    if event.kind in ENDING_CHANGES:
        await _suppress_letters(context, event.certificate_id, ENDING_CHANGES[event.kind])
    kind = TOLD_CHANGES.get(event.kind)
    if kind is not None:
        day = event.valid_until if kind is LetterKind.EXTENDED else event.effective_on
        await _plan_letter(context, event, kind, day, f"{day}")


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
    due_at = sending_hours(context.settings).next_moment(context.now)
    letter = Letter(
        id=uuid4(),
        notice_id=uuid5(_FACTS, f"{event.certificate_id} {kind} {fact}"),
        application_id=application.id,
        certificate_id=event.certificate_id,
        number=event.number,
        kind=kind,
        day=day,
        recipient=Recipient.HOLDER,
        channel=LetterChannel(application.notify_by or LetterChannel.EMAIL),
        language=application.language,
        state=LetterState.PLANNED,
        planned_at=context.now,
        due_at=due_at,
        next_attempt_at=due_at,
        trace_id=current_trace().trace_id,
    )
    letter.reason = await find_reason(context, application, letter)
    if letter.reason is not None:
        letter.state = LetterState.SUPPRESSED
    statement = insert(Letter).values(letter.model_dump())
    await execute(context.session, statement.on_conflict_do_nothing(constraint="uq_letter_once"))


async def _suppress_letters(
    context: ApplicationsContext, certificate_id: UUID, reason: LetterReason
) -> None:
    """Suppresses a certificate's open letters; one that is being sent is not tried again."""
    is_being_sent = col(Letter.state) == LetterState.SENDING
    statement = (
        update(Letter)
        .where(col(Letter.certificate_id) == certificate_id, col(Letter.state).in_(OPEN_STATES))
        .values(
            reason=reason,
            state=case((is_being_sent, col(Letter.state)), else_=LetterState.SUPPRESSED.value),
        )
    )
    await execute(context.session, statement)


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
    letter.reason = letter.reason or await find_reason(context, application, letter)
    if letter.reason is not None:
        letter.state, letter.claim_token = LetterState.SUPPRESSED, None
        return Claim(letter.id, None)
    if not await _enter_route(context):
        return None
    letter.state, letter.claim_token = LetterState.SENDING, uuid4()
    letter.attempts += 1
    letter.next_attempt_at = context.now + _claim_time(context)
    letter.address_hash = hash_address(letter.id, application.email or "")
    return Claim(letter.id, letter.claim_token)


def hash_address(letter_id: UUID, address: str) -> str:
    """What a letter keeps of its address: comparable with a certain one, with no other letter's."""
    return hashlib.sha256(f"{letter_id} {address}".encode()).hexdigest()


async def end_attempt(context: ApplicationsContext, claim: Claim, attempt: Attempt) -> None:
    """Records how a try ended; nothing where the claim had ended and another sender has it."""
    query = select(Letter).where(
        Letter.id == claim.letter_id, col(Letter.claim_token) == claim.token
    )
    letter = (await context.session.exec(query.with_for_update())).first()
    await _leave_route(context, attempt)
    if letter is None:
        return
    letter.claim_token, letter.failure = None, attempt.failure
    if attempt.outcome is AttemptOutcome.DELIVERED:
        letter.state, letter.reason = LetterState.DELIVERED, None
        letter.delivered_at = context.now
        return
    if attempt.outcome is not AttemptOutcome.BROKEN:
        letter.failures += 1
    _decide_next_attempt(context, letter, attempt)


def _decide_next_attempt(context: ApplicationsContext, letter: Letter, attempt: Attempt) -> None:
    is_refused = attempt.outcome is AttemptOutcome.REFUSED
    if letter.reason is not None:
        letter.state = LetterState.SUPPRESSED
    elif is_refused or LETTER_BACKOFF.is_exhausted(letter.failures):
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
    query = select(Letter).where(
        col(Letter.id).in_(unique_ids), col(Letter.state).in_(RETRIED_STATES)
    )
    letters = (await context.session.exec(query.order_by(col(Letter.id)).with_for_update())).all()
    if len(letters) != len(unique_ids):
        raise Conflict(
            "letter.changed",
            f"{len(letters)} of these {len(unique_ids)} letters have failed or were given up.",
            extra={"count": len(letters)},
        )
    next_attempt_at = sending_hours(context.settings).next_moment(context.now)
    for letter in letters:
        letter.state, letter.failures = LetterState.PLANNED, 0
        letter.next_attempt_at = next_attempt_at
    return len(letters)


async def erase_letters(context: ApplicationsContext, application_id: UUID) -> int:
    """Suppresses what is still to be sent, and empties the hashes; the number of rows."""
    is_open = col(Letter.state).in_(OPEN_STATES)
    statement = (
        update(Letter)
        .where(col(Letter.application_id) == application_id)
        .values(
            address_hash=None,
            reason=case((is_open, LetterReason.ERASED.value), else_=col(Letter.reason)),
            state=case((is_open, LetterState.SUPPRESSED.value), else_=col(Letter.state)),
        )
    )
    return (await execute(context.session, statement)).rowcount


async def _enter_route(context: ApplicationsContext) -> bool:
    """Whether a letter may be sent now; of a route that fails, one sender tries it alone."""
    statement = insert(MailRoute).values(channel=LetterChannel.EMAIL, failures=0)
    await execute(context.session, statement.on_conflict_do_nothing())
    route = await _lock_route(context)
    circuit = Circuit(route.failures, route.retry_at)
    if not circuit.admits(context.now):
        return False
    route.retry_at = circuit.after_admission(context.now, _claim_time(context)).retry_at
    return True


async def _leave_route(context: ApplicationsContext, attempt: Attempt) -> None:
    """Records how the route did: any answer about the letter itself shows that it works."""
    if attempt.outcome is AttemptOutcome.UNMADE:
        return
    route = await _lock_route(context)
    circuit = Circuit()
    if attempt.outcome is AttemptOutcome.BROKEN:
        circuit = Circuit(route.failures, route.retry_at).after_failure(context.now)
    route.failures, route.retry_at = circuit.failures, circuit.retry_at


async def _lock_route(context: ApplicationsContext) -> MailRoute:
    return await context.session.get_one(
        MailRoute, LetterChannel.EMAIL, with_for_update=True, populate_existing=True
    )


def _claim_time(context: ApplicationsContext) -> timedelta:
    """Longer than a try can take: its limit, and the statements around it."""
    seconds = context.settings.smtp_limit_seconds + 2 * context.settings.statement_timeout_seconds
    return timedelta(seconds=seconds)
