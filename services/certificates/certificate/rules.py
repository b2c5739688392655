"""The grounds on which a duplicate is issued (order 725n, item 17); what watchers are told of."""

from enum import StrEnum


class Ground(StrEnum):
    """The closed list of grounds for a duplicate."""

    LOSS = "loss"
    DAMAGE = "damage"
    ERROR = "error"
    NAME_CHANGE = "name_change"


class WatchedChange(StrEnum):
    """What may happen to a certificate that those who watch it are told of."""

    RENEWAL_DUE = "renewal_due"
    EXPIRED = "expired"
    RENEWED = "renewed"
    EXTENDED = "extended"
    CORRECTED = "corrected"
    ANNULLED = "annulled"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    WITHDRAWN = "withdrawn"
