"""State machines: a table of transitions, and the one check against it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from shared.errors import IllegalTransition

StatusT = TypeVar("StatusT", bound=StrEnum)
CommandT = TypeVar("CommandT", bound=StrEnum)


class Transitions(Generic[StatusT, CommandT]):
    """Which command leads from which status to which.

    The table is complete: a pair that is not in it is refused.
    """

    def __init__(self, table: Mapping[StatusT, Mapping[CommandT, StatusT]]) -> None:
        self._table = table

    def allowed_commands(self, status: StatusT) -> frozenset[CommandT]:
        """The commands possible from `status`; empty when it is final."""
        return frozenset(self._table.get(status, {}))

    def next_status(self, status: StatusT, command: CommandT) -> StatusT:
        """The status after `command`.

        Raises `IllegalTransition`, naming the commands that are possible instead.
        """
        target = self._table.get(status, {}).get(command)
        if target is not None:
            return target
        possible_commands = sorted(self.allowed_commands(status))
        raise IllegalTransition(
            "lifecycle.transition",
            f"'{command}' is not possible while the status is '{status}'. "
            + (
                f"Possible now: {', '.join(possible_commands)}."
                if possible_commands
                else "The status is final."
            ),
            extra={"current_status": status, "command": command, "possible": possible_commands},
            values={"status": status},
        )
