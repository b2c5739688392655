"""The state machine that the services' lifecycles are written in: a table, and one check."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from shared.errors import IllegalTransition

Status = TypeVar("Status", bound=StrEnum)
Command = TypeVar("Command", bound=StrEnum)


class Transitions(Generic[Status, Command]):
    """Which command leads from which status to which.

    The table is the whole truth: a pair that is not in it is refused.
    """

    def __init__(self, table: Mapping[Status, Mapping[Command, Status]]) -> None:
        self._table = table

    def allowed(self, status: Status) -> frozenset[Command]:
        """The commands possible from `status`; empty when it is final."""
        return frozenset(self._table.get(status, {}))

    def apply(self, status: Status, command: Command) -> Status:
        """The status after `command`.

        Raises `IllegalTransition`, naming what is possible instead.
        """
        target = self._table.get(status, {}).get(command)
        if target is not None:
            return target
        possible = sorted(self.allowed(status))
        raise IllegalTransition(
            "lifecycle.transition",
            f"'{command}' is not possible while the status is '{status}'. "
            + (f"Possible now: {', '.join(possible)}." if possible else "The status is final."),
            extra={"current_status": status, "command": command, "possible": possible},
        )
