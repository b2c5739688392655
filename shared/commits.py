"""How far the commits of one request have come, so that a failure can say what it left behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum


class CommitState(Enum):
    """How far the commits of the changes of one request have come."""

    ABSENT = "absent"
    PENDING = "pending"
    COMPLETE = "complete"


@dataclass(slots=True)
class _CommitWatch:
    state: CommitState = CommitState.ABSENT
    is_repeatable: bool = False


_commit_watch: ContextVar[_CommitWatch | None] = ContextVar("commit_watch", default=None)


@contextmanager
def watch_commits() -> Iterator[None]:
    """Notes in the block how far commits come, so that a failure can say what it left behind."""
    watch_token = _commit_watch.set(_CommitWatch())
    try:
        yield
    finally:
        _commit_watch.reset(watch_token)


def current_commit_state() -> CommitState:
    """How far the last commit under `watch_commits` has come; `PENDING`: nobody knows how it ended.

    `COMPLETE` stays when a later transaction of the same request is only being prepared.
    """
    watch = _commit_watch.get()
    return watch.state if watch is not None else CommitState.ABSENT


def note_commit(state: CommitState) -> None:
    """Notes how far a commit under `watch_commits` has come; one that is complete stays so."""
    watch = _commit_watch.get()
    if watch is not None and watch.state is not CommitState.COMPLETE:
        watch.state = state


def allow_repetition(is_allowed: bool) -> None:
    """Says whether the request under `watch_commits` can be run again from its beginning."""
    watch = _commit_watch.get()
    if watch is not None:
        watch.is_repeatable = is_allowed


def is_repeatable() -> bool:
    """Whether the request is run again where others got in its way; not once it has committed."""
    watch = _commit_watch.get()
    return watch is not None and watch.is_repeatable and watch.state is not CommitState.COMPLETE
