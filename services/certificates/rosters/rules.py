"""What rosters know of: states, kinds of event, why an enrolment ended."""

from enum import StrEnum


class SubscriptionState(StrEnum):
    """Whether a portal is told of changes, or no longer is."""

    OPEN = "open"
    ENDED = "ended"


class EnrolmentEnd(StrEnum):
    """Why a certificate is no longer watched in a subscription."""

    UNENROLLED = "unenrolled"
    RENEWED = "renewed"
    """Another one has taken its place on the roster.

    The successor; or, of a successor that was annulled, the certificate which it had followed.
    """
    TERM_OVER = "term_over"
    SUBSCRIPTION_ENDED = "subscription_ended"


class RosterEventKind(StrEnum):
    """What an event of a roster tells: a change of a certificate, or that a day was sealed."""

    RENEWAL_DUE = "renewal_due"
    EXPIRED = "expired"
    RENEWED = "renewed"
    RESTORED = "restored"
    EXTENDED = "extended"
    CORRECTED = "corrected"
    ANNULLED = "annulled"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    WITHDRAWN = "withdrawn"
    DAY_SEALED = "day_sealed"


class EnrolmentAction(StrEnum):
    """What a job does with each certificate that its rows name."""

    ENROL = "enrol"
    UNENROL = "unenrol"
