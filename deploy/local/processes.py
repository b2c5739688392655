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


def find_by_variable(variable: str, value: str) -> list[psutil.Process]:
    """The processes, other than this one, whose environment has this variable and value."""
    processes = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(variable) == value:
                processes.append(process)
    return processes


def is_alive(process: psutil.Process) -> bool:
    """Whether the process has not ended and its number was not reused."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def send_signal(processes: Iterable[psutil.Process], signal_number: Signals) -> None:
    """Sends a signal to those of the processes that still exist."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal_number)


def wait_until_gone(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Waits until all have ended, at most `seconds`; returns those that have not."""
    deadline = time.monotonic() + seconds
    living = [process for process in processes if is_alive(process)]
    while living and time.monotonic() < deadline:
        time.sleep(0.05)
        living = [process for process in living if is_alive(process)]
    return living
