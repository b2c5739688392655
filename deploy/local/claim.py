"""One stack per folder: the claim on it, and what it says about the stack to other processes."""

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

LOOK_SECONDS = 1.0
"""Another process that only looks whether the claim is held holds it for a moment itself."""


@dataclass(frozen=True)
class Description:
    """A stack, as those who did not start it need to know it."""

    owner: int
    """The process that started it and will stop it."""
    ports: Ports
    broker: BrokerKind
    control: str
    """The supervisor's socket; empty while the stack prepares."""
    sockets: str
    """The folder of PostgreSQL's socket; empty while the stack prepares."""


class Claim:
    """A lock that the system releases when its holder ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "stack.json"
        self._file: IO[str] | None = None

    def take(self, description: Description) -> None:
        """Raises StackError when another process holds it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+")
        if not _lock(file, LOOK_SECONDS):
            file.close()
            holder = self.read()
            raise StackError(
                f"A stack already runs from {self._path.parent}"
                f"{f' (process {holder.owner})' if holder else ''}. `make stop` stops it. To run a"
                " second one beside it, choose another folder and other ports, for example:\n"
                "    ATTESTA_LOCAL_FOLDER=.local-2 ATTESTA_LOCAL_PORT_BASE=18000 make run"
            )
        self._file = file
        self.describe(description)

    def describe(self, description: Description) -> None:
        """Tells other processes about the stack."""
        assert self._file is not None
        self._file.seek(0)
        self._file.truncate()
        json.dump(asdict(description), self._file)
        self._file.flush()

    def release(self) -> None:
        """Lets another process take it; harmless when it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None

    @property
    def held(self) -> bool:
        """Whether this object holds it."""
        return self._file is not None

    def read(self) -> Description | None:
        """What the present holder tells, whichever process that is; None when nobody holds it."""
        if not self._path.exists() or self._is_free():
            return None
        try:
            told = json.loads(self._path.read_text())
        except ValueError:  # the holder is just writing it
            return None
        return Description(**{**told, "ports": Ports(**told["ports"])})

    def _is_free(self) -> bool:
        with self._path.open("a+") as file:
            return _lock(file, 0)


def _lock(file: IO[str], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)


def described(ports: Ports, broker: BrokerKind, control: object, sockets: object) -> Description:
    """A description of a stack that this process owns."""
    return Description(os.getpid(), ports, broker, str(control), str(sockets))
