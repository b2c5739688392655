"""A fault: how it is made, and how it is seen while it stands."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from tests.faults.bad_day.scene import Scene


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault, by the name that an operator would give it.

    It stands as long as the block of `standing`, which mends it at the end. `is_named` looks only
    where operators look: readiness, metrics and status documents of the processes that go on; it is
    given when the fault began.
    """

    name: str
    standing: Callable[[Scene], AbstractContextManager[None]]
    is_named: Callable[[Scene, datetime], bool]
