"""Finding processes and waiting for their end.

An orphan may stay a zombie for ever where the first process of a container does not collect its
children; here a zombie counts as gone.
"""

import contextlib
import os
import time
from collections.abc import Iterable
from signal import Signals

import psutil


def marked(variable: str, value: str) -> list[psutil.Process]:
    """The processes, other than this one, that were given this environment variable."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(variable) == value:
                found.append(process)
    return found


def lives(process: psutil.Process) -> bool:
    """Whether it is still the same process and has not ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def signal(processes: Iterable[psutil.Process], number: Signals) -> None:
    """Sends a signal to those that are still there."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def wait_until_gone(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Returns as soon as all have ended; after `seconds`, with those that have not."""
    deadline = time.monotonic() + seconds
    alive = [process for process in processes if lives(process)]
    while alive and time.monotonic() < deadline:
        time.sleep(0.05)
        alive = [process for process in alive if lives(process)]
    return alive
