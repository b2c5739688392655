"""What a record of the registry's feed is about, why it was sent, and what the registry answers."""

from enum import StrEnum


class Subject(StrEnum):
    """What a record of the feed is about: a certificate or a not-passed statement."""

    CERTIFICATE = "certificate"
    STATEMENT = "statement"


class FeedReason(StrEnum):
    """Why a record was sent: the event after which it was written."""

    ISSUED = "issued"
    EXTENDED = "extended"
    SHORTENED = "shortened"
    SUPERSEDED = "superseded"
    RESTORED = "restored"
    CORRECTED = "corrected"
    ANNULLED = "annulled"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    WITHDRAWN = "withdrawn"
    DUPLICATE_ISSUED = "duplicate_issued"
    REVOKED = "revoked"
    ERASED = "erased"


class RegistryAnswer(StrEnum):
    """The registry's answer about an entry."""

    ENTERED = "entered"
    REFUSED = "refused"
