"""One stack per folder: the lock on the folder, and the stack's description in it."""

import contextlib
import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from deploy.local.errors import StackError
from deploy.local.ports import Ports
from deploy.local.settings import BrokerKind

PROBE_SECONDS = 1.0
"""Another process that only looks whether the claim is held holds it for a moment itself."""


@dataclass(frozen=True)
class StackDescription:
    """How another process reaches a running stack."""

    owner: int
    """The process that started it and will stop it."""
    ports: Ports
    broker: BrokerKind
    control: str
    """The supervisor's socket; empty while the stack prepares."""
    sockets: str
    """The folder of PostgreSQL's socket; empty while the stack prepares."""


class Claim:
    """A lock on the stack's folder, which the system releases when its owner ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "stack.json"
        self._file: IO[str] | None = None

    def acquire(self, description: StackDescription) -> None:
        """Locks the folder and writes the description.

        Raises `StackError` when another process owns the lock.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+")
        if not _try_lock(file, PROBE_SECONDS):
            file.close()
            description_of_owner = self.read_description()
            owner = f" (process {description_of_owner.owner})" if description_of_owner else ""
            raise StackError(
                f"A stack already runs from {self._path.parent}{owner}. `make stop` stops it."
                " To run a second one beside it, choose another folder and other ports, for"
                " example:\n"
                "    ATTESTA_LOCAL_FOLDER=.local-2 ATTESTA_LOCAL_PORT_BASE=18000 make run"
            )
        self._file = file
        self.write_description(description)

    def write_description(self, description: StackDescription) -> None:
        """Writes the stack's description for other processes."""
        assert self._file is not None
        self._file.seek(0)
        self._file.truncate()
        json.dump(asdict(description), self._file)
        self._file.flush()

    def release(self) -> None:
        """Releases the lock; harmless when this object does not own it."""
        if self._file is not None:
            self._file.close()
            self._file = None

    @property
    def is_held(self) -> bool:
        """Whether this object owns the lock."""
        return self._file is not None

    def read_description(self) -> StackDescription | None:
        """The description by the lock's present owner; None when nobody owns it."""
        if not self._path.exists() or self._is_free():
            return None
        try:
            fields = json.loads(self._path.read_text())
        except ValueError:  # the holder is just writing it
            return None
        return StackDescription(**{**fields, "ports": Ports(**fields["ports"])})

    def _is_free(self) -> bool:
        with self._path.open("a+") as file:
            return _try_lock(file, 0)


def _try_lock(file: IO[str], timeout_seconds: float) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)


def describe_own_stack(
    ports: Ports, broker: BrokerKind, control: object, sockets: object
) -> StackDescription:
    """The description of a stack that this process owns."""
    return StackDescription(os.getpid(), ports, broker, str(control), str(sockets))
