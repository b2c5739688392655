"""Letters that come back after a relay had taken them. None commits."""

import re
from enum import StrEnum

from prometheus_client import Counter
from sqlmodel import select

from services.applications.letters.delivery_reports import DeliveryFault, read_delivery_report
from services.applications.letters.models import Letter
from services.applications.letters.operations import end_in_vain
from services.applications.letters.rules import BarReason, LetterState, TokenPurpose
from services.applications.letters.tokens import find_token
from services.applications.settings import ApplicationsContext
from shared.db import call_after_commit
from shared.errors import NotFound, RuleViolation
from shared.metrics.registry import PROCESS_REGISTRY

_RETURN_PATH = re.compile(r"[^@]*\+([A-Za-z2-7]{26})@[^@]*")
_RETURNING_STATES = (LetterState.SENDING, LetterState.FAILED, LetterState.DELIVERED)
"""A report can be quicker than the record that the relay has taken the letter."""
BOUNCES = Counter(
    "attesta_bounces",
    "Reports of the mail system about letters, by what they said",
    ["fault"],
    registry=PROCESS_REGISTRY,
)
for _fault in DeliveryFault:
    BOUNCES.labels(_fault.value)


class BounceOutcome(StrEnum):
    """What came of a report."""

    BOUNCED = "bounced"
    COUNTED = "counted"
    """It changes nothing: what it tells passes, or was known."""


async def record_bounce(
    context: ApplicationsContext, recipient: str, content: bytes
) -> BounceOutcome:
    """Takes a report in that came to the address from which a letter was sent.

    A letter that has not arrived goes on by the next channel, once, however often it is reported.
    Raises `NotFound` for an address that is no letter's, `RuleViolation` for what is no report.
    """
    match = _RETURN_PATH.fullmatch(recipient)
    token = await find_token(context, TokenPurpose.BOUNCE, match[1]) if match else None
    if token is None:
        raise NotFound("bounce.unknown", "No letter was sent from this address.")
    report = read_delivery_report(content)
    if report is None:
        raise RuleViolation(
            "bounce.unreadable",
            "This is no report of delivery by RFC 3464. Send the message as it came.",
        )
    call_after_commit(context.session, BOUNCES.labels(report.fault.value).inc)
    query = select(Letter).where(Letter.id == token.letter_id).with_for_update()
    letter = (await context.session.exec(query)).one()
    if report.fault is DeliveryFault.PASSING or letter.state not in _RETURNING_STATES:
        return BounceOutcome.COUNTED
    letter.failure, letter.claim_token = report.status, None
    is_dead = report.fault is DeliveryFault.DEAD_ADDRESS
    await end_in_vain(context, letter, BarReason.BOUNCED if is_dead else None)
    return BounceOutcome.BOUNCED
