"""Which letters there are, their states, why one is not sent, and the hours of sending."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class LetterKind(StrEnum):
    """What a letter tells."""

    RENEWAL_DUE = "renewal_due"
    EXPIRED = "expired"
    EXTENDED = "extended"
    ANNULLED = "annulled"
    WITHDRAWN = "withdrawn"


class LetterState(StrEnum):
    """The states of a letter; each comment says who acts next."""

    PLANNED = "planned"  # the sender acts next
    SENDING = "sending"  # the sender acts next; another one, once the claim has ended
    FAILED = "failed"  # the sender acts next: tries again
    DELIVERED = "delivered"  # final: the relay has taken it over
    GIVEN_UP = "given_up"  # operations act next: mend, and retry
    SUPPRESSED = "suppressed"  # final: the reason says why


class LetterChannel(StrEnum):
    """How the holder wants to be told."""

    EMAIL = "email"
    PHONE = "phone"
    POST = "post"


class Recipient(StrEnum):
    """Who gets a letter."""

    HOLDER = "holder"


class LetterReason(StrEnum):
    """Why a letter is not sent."""

    SUPERSEDED = "superseded"
    EXTENDED = "extended"
    ANNULLED = "annulled"
    WITHDRAWN = "withdrawn"
    NO_ADDRESS = "no_address"
    NOT_BY_EMAIL = "not_by_email"
    """The holder chose post or phone, and only e-mail is sent."""
    CONSENT_WITHDRAWN = "consent_withdrawn"
    ERASED = "erased"
    RENEWAL_IN_HAND = "renewal_in_hand"
    OVERTAKEN = "overtaken"
    """The last day has passed before it could be sent; a letter of its own tells that."""


OPEN_STATES = (LetterState.PLANNED, LetterState.SENDING, LetterState.FAILED)
"""The states in which the sender acts next."""
RETRIED_STATES = (LetterState.FAILED, LetterState.GIVEN_UP)
"""The states from which operations may ask for another try."""

ENDING_CHANGES = {
    "superseded": LetterReason.SUPERSEDED,
    "extended": LetterReason.EXTENDED,
    "annulled": LetterReason.ANNULLED,
    "withdrawn": LetterReason.WITHDRAWN,
}
"""The kinds of change after which open letters say what is true no longer."""
TOLD_CHANGES = {
    "extended": LetterKind.EXTENDED,
    "annulled": LetterKind.ANNULLED,
    "withdrawn": LetterKind.WITHDRAWN,
}
"""The kinds of change of which the holder is told."""


@dataclass(frozen=True, slots=True)
class SendingHours:
    """The civil hours in which letters are sent: from the first to before the last."""

    first: int
    last: int
    zone: ZoneInfo

    def next_moment(self, instant: datetime) -> datetime:
        """The instant itself within the hours; else when they begin next."""
        local = instant.astimezone(self.zone)
        if self.first <= local.hour < self.last:
            return instant
        day = local.date() if local.hour < self.first else local.date() + timedelta(days=1)
        return datetime.combine(day, time(self.first), self.zone).astimezone(instant.tzinfo)
