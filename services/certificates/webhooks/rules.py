"""What webhooks know of: states of an endpoint, its checks and attempts, and why they fail."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.delivery.attempts import Attempt


class EndpointState(StrEnum):
    """The states of an endpoint; each comment says who acts next."""

    UNVERIFIED = "unverified"  # the portal: asks for the handshake
    ACTIVE = "active"  # the sender, at each event
    FAILING = "failing"  # the sender: tries again
    PAUSED = "paused"  # the portal: mends, and resumes
    DISABLED = "disabled"  # the portal: its address answered that it is gone


SENT_STATES = (EndpointState.ACTIVE, EndpointState.FAILING)
"""The states in which events are sent."""
RESUMED_STATES = (EndpointState.PAUSED, EndpointState.DISABLED)
"""The states from which the portal resumes, by a handshake."""


class CheckKind(StrEnum):
    """What a portal may ask for besides events: one request, or a handshake of two."""

    HANDSHAKE = "handshake"
    TEST = "test"


class AttemptKind(StrEnum):
    """What was sent."""

    EVENTS = "events"
    HANDSHAKE = "handshake"
    TEST = "test"


class EndpointNotice(StrEnum):
    """Of what an endpoint's contact is told by mail."""

    FAILING = "failing"
    PAUSED = "paused"
    DISABLED = "disabled"


class CheckFault(StrEnum):
    """What a handshake found besides the failures of any request."""

    CHALLENGE = "challenge"
    """The challenge did not come back."""
    SIGNATURE_UNCHECKED = "signature_unchecked"
    """A message with a wrong signature was not answered by 401."""


FAILING_NOTICE_AFTER = timedelta(days=1)
"""After so long without one success the contact is told."""
CHECK_TERM = timedelta(minutes=2)
"""A check that nobody has made within this is made no more: nobody waits for it."""
UNAUTHORIZED = 401


def name_message(subscription_id: UUID, first: int, last: int) -> str:
    """The `webhook-id` of these events: the same whenever they are sent again."""
    return f"evt_{subscription_id}_{first}_{last}"


@dataclass(frozen=True, slots=True)
class AttemptEnd:
    """How an attempt ended: the answer's status, if there was one, and the time that it took."""

    attempt: Attempt
    status: int | None
    duration: timedelta
    pause: timedelta | None = None
    """For how long the portal wants to be left alone, if it says so."""

    @property
    def milliseconds(self) -> int:
        """The time that it took."""
        return round(self.duration.total_seconds() * 1000)


def choose_notice(failing_since: datetime, now: datetime, term: timedelta) -> EndpointNotice | None:
    """Of what the contact is to be told about an endpoint that has failed since then."""
    if now - failing_since >= term:
        return EndpointNotice.PAUSED
    if now - failing_since >= FAILING_NOTICE_AFTER:
        return EndpointNotice.FAILING
    return None
