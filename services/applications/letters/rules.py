"""Which letters there are, their channels and states, why one is not sent, the hours of sending."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class LetterKind(StrEnum):
    """What a letter tells."""

    RENEWAL_DUE = "renewal_due"
    EXPIRED = "expired"
    EXTENDED = "extended"
    SHORTENED = "shortened"
    ANNULLED = "annulled"
    WITHDRAWN = "withdrawn"


class LetterState(StrEnum):
    """The states of a letter; each comment says who acts next."""

    PLANNED = "planned"  # the sender acts next; the centre, by post and by phone
    SENDING = "sending"  # the sender acts next; another one, once the claim has ended
    FAILED = "failed"  # the sender acts next: tries again
    PRINTED = "printed"  # the centre acts next: posts it
    DELIVERED = "delivered"  # final: the relay or the post has taken it over, or somebody called
    BOUNCED = "bounced"  # final: it has not arrived; the letter of the next channel goes on
    GIVEN_UP = "given_up"  # operations act next: mend, and retry
    SUPPRESSED = "suppressed"  # final: the reason says why


class LetterChannel(StrEnum):
    """How the holder is told."""

    EMAIL = "email"
    PHONE = "phone"
    POST = "post"


class Recipient(StrEnum):
    """Who gets a letter."""

    HOLDER = "holder"


class LetterReason(StrEnum):
    """Why a letter is not sent; of a planned one, why it waits."""

    SUPERSEDED = "superseded"
    EXTENDED = "extended"
    SHORTENED = "shortened"
    ANNULLED = "annulled"
    WITHDRAWN = "withdrawn"
    NO_ADDRESS = "no_address"
    """The file has nothing, or nothing that works, by which the holder could be told."""
    CONSENT_WITHDRAWN = "consent_withdrawn"
    ERASED = "erased"
    RENEWAL_IN_HAND = "renewal_in_hand"
    """It waits: once the application for a new certificate fails, it is sent."""
    OVERTAKEN = "overtaken"
    """The last day has passed before it could be sent; a letter of its own tells that."""
    UNSUBSCRIBED = "unsubscribed"
    """The holder wants no reminders at this address."""


class BarReason(StrEnum):
    """Why an address gets no letters; an unsubscribed one gets no reminders, and all else."""

    REFUSED = "refused"
    BOUNCED = "bounced"
    UNSUBSCRIBED = "unsubscribed"


class TokenPurpose(StrEnum):
    """What the token of a letter is for."""

    BOUNCE = "bounce"
    UNSUBSCRIBE = "unsubscribe"
    RENEWAL = "renewal"


CHANNEL_ORDERS: Mapping[str | None, tuple[LetterChannel, ...]] = {
    None: (LetterChannel.EMAIL, LetterChannel.POST),
    LetterChannel.EMAIL: (LetterChannel.EMAIL, LetterChannel.POST, LetterChannel.PHONE),
    LetterChannel.PHONE: (LetterChannel.PHONE, LetterChannel.EMAIL, LetterChannel.POST),
    LetterChannel.POST: (LetterChannel.POST, LetterChannel.EMAIL, LetterChannel.PHONE),
}
"""By what the holder chose: the channels in the order in which they are taken."""

OPEN_STATES = (LetterState.PLANNED, LetterState.SENDING, LetterState.FAILED)
"""The states in which the sender acts next."""
UNDELIVERED_STATES = (*OPEN_STATES, LetterState.PRINTED)
"""The states in which somebody still acts: what a change makes untrue is suppressed in them."""
RETRIED_STATES = (LetterState.FAILED, LetterState.GIVEN_UP)
"""The states from which operations may ask for another try."""

ENDING_CHANGES = {
    "superseded": LetterReason.SUPERSEDED,
    "extended": LetterReason.EXTENDED,
    "shortened": LetterReason.SHORTENED,
    "annulled": LetterReason.ANNULLED,
    "withdrawn": LetterReason.WITHDRAWN,
}
"""The kinds of change after which open letters say what is true no longer."""
TOLD_CHANGES = {
    "extended": LetterKind.EXTENDED,
    "shortened": LetterKind.SHORTENED,
    "annulled": LetterKind.ANNULLED,
    "withdrawn": LetterKind.WITHDRAWN,
}
"""The kinds of change of which the holder is told."""
ALWAYS_TOLD = frozenset({LetterKind.ANNULLED, LetterKind.WITHDRAWN})
"""Nothing but the lack of an address keeps these back: they take a right away.

Neither a withdrawn consent does, since telling is a duty of its own, nor a later change.
"""
RENEWAL_KINDS = frozenset({LetterKind.RENEWAL_DUE, LetterKind.EXPIRED})
"""The letters with a link to a new application that is filled in already."""


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

    def next_day(self, instant: datetime) -> datetime:
        """When they begin on the next civil day."""
        day = instant.astimezone(self.zone).date() + timedelta(days=1)
        return datetime.combine(day, time(self.first), self.zone).astimezone(instant.tzinfo)
