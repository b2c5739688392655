"""What a process does without end, as it knows itself: no database is asked.

A duty runs in a task of its own, which says when a round of it has ended well. Whoever does the
work calls `note_success`; it need not know for whom it works. Ages are by the monotonic clock: a
wall clock that is set makes no duty well or ill.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Duty:
    """One duty of this process.

    `is_scheduled`: its rounds come at an interval, and whoever starts them records their ends.
    `is_leader` is None where nobody leads in it; `backlog` is what the last round left to do.
    Instants are of the monotonic clock.
    """

    name: str
    is_scheduled: bool = False
    is_leader: bool | None = None
    backlog: int = 0
    failure: str | None = None
    """Of the last round; None when it ended well."""
    start_instant: float = field(default_factory=time.monotonic)
    success_instant: float | None = None
    failure_instant: float | None = None
    running_since: float | None = None
    """When the round began that runs now; None between two, and where rounds are not told apart."""

    def note_success(self, *, is_leader: bool | None = None, backlog: int = 0) -> None:
        """Notes that a round has ended well."""
        self.success_instant, self.failure = time.monotonic(), None
        self.is_leader, self.backlog = is_leader, backlog

    def note_failure(self, failure: str) -> None:
        """Notes the kind of failure of a round, which never holds personal data."""
        self.failure_instant, self.failure = time.monotonic(), failure
        self.is_leader = None if self.is_leader is None else False

    @property
    def is_told(self) -> bool:
        """Whether it has ever said how a round ended."""
        return self.success_instant is not None or self.failure_instant is not None

    def check_progress(self, limit_seconds: float) -> None:
        """Raises `RuntimeError` where no round has ended well for longer than that."""
        seconds = measure_age(
            self.start_instant if self.success_instant is None else self.success_instant
        )
        if self.is_told and seconds > limit_seconds:
            cause = f"; the last one failed with {self.failure}" if self.failure else ""
            raise RuntimeError(f"no round has ended well for {seconds:.0f} s{cause}")


class ProcessDuties:
    """The duties of a process, by name."""

    def __init__(self) -> None:
        self._duties: dict[str, Duty] = {}

    @property
    def by_name(self) -> Mapping[str, Duty]:
        """All that were begun, in the order of their beginning."""
        return self._duties

    @contextmanager
    def perform(self, name: str, *, is_scheduled: bool = False) -> Iterator[Duty]:
        """What is done inside is done for this duty, also in tasks that begin there."""
        duty = self._duties.setdefault(name, Duty(name=name, is_scheduled=is_scheduled))
        token = _CURRENT.set((self, duty))
        try:
            yield duty
        finally:
            _CURRENT.reset(token)


_CURRENT: ContextVar[tuple[ProcessDuties, Duty]] = ContextVar("current_duty")


def note_success(*, is_leader: bool | None = None, backlog: int = 0) -> None:
    """Notes that a round of the current duty has ended well; nothing outside of any."""
    current = _CURRENT.get(None)
    if current is not None:
        current[1].note_success(is_leader=is_leader, backlog=backlog)


@contextmanager
def perform_round(name: str) -> Iterator[Duty]:
    """What is done inside is a round of a scheduled duty of the process."""
    current = _CURRENT.get(None)
    duties = current[0] if current else ProcessDuties()
    with duties.perform(name, is_scheduled=True) as duty:
        duty.running_since = time.monotonic()
        try:
            yield duty
        finally:
            duty.running_since = None


def measure_age(instant: float) -> float:
    """Seconds since an instant of the monotonic clock."""
    return time.monotonic() - instant
