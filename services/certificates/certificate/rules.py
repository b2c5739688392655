"""The grounds on which a duplicate is issued (order 725n, item 17)."""

from enum import StrEnum


class Ground(StrEnum):
    """The closed list of grounds for a duplicate."""

    LOSS = "loss"
    DAMAGE = "damage"
    ERROR = "error"
    NAME_CHANGE = "name_change"
