"""Grounds for a duplicate (order 725n, item 17); what watchers are told of; orders of lists."""

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
    RESTORED = "restored"
    EXTENDED = "extended"
    CORRECTED = "corrected"
    ANNULLED = "annulled"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    WITHDRAWN = "withdrawn"


class CertificateOrder(StrEnum):
    """How certificates are listed; `-` reverses."""

    ISSUED = "issued_at"
    NEWEST = "-issued_at"
    ENDING = "ends_on"
    LATEST_ENDING = "-ends_on"

    @property
    def column(self) -> str:
        """The column that leads the order; the id follows."""
        return self.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        """Whether the last stands first."""
        return self.startswith("-")
