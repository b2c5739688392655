"""What the registry's feed tells of, and what the registry answers."""

from enum import StrEnum


class Subject(StrEnum):
    """What a record of the feed is about."""

    CERTIFICATE = "certificate"
    STATEMENT = "statement"


class Event(StrEnum):
    """Why a record was sent: issued, changed, or printed anew."""

    ISSUED = "issued"
    EXTENDED = "extended"
    SUPERSEDED = "superseded"
    ANNULLED = "annulled"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    WITHDRAWN = "withdrawn"
    DUPLICATE_ISSUED = "duplicate_issued"
    ERASED = "erased"


class Outcome(StrEnum):
    """The registry's answer."""

    ENTERED = "entered"
    REFUSED = "refused"
