"""Processes that a killed stack left behind: finding them, ending them."""

import contextlib
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM

import psutil

from deploy.local import postgres
from deploy.local.processes import lives, marked, signal, wait_until_gone
from deploy.local.programs import MARK

GRACE_SECONDS = 10.0
PART_OF_SERVER = "postgres: "


def find(folder: Path) -> list[psutil.Process]:
    """All live processes of the stack of this folder.

    PostgreSQL's overwrite their environment with their titles; they are known by where they work.
    """
    found = {process.pid: process for process in marked(MARK, str(folder))}
    found |= {process.pid: process for process in postgres.backends(data(folder))}
    return [process for process in found.values() if lives(process)]


def end(folder: Path, seconds: float) -> list[str]:
    """Ends them all and returns what they were, for people.

    A supervisor goes first: asked to end, it stops its programs in their order, for which it has
    `seconds`. What is alive after that is asked to end, and then killed.
    """
    found = find(folder)
    lines = {process: _line(process) for process in found}
    # PostgreSQL's many children end with their parent; naming them tells nothing more.
    told = [
        f"{each.pid} {lines[each]}"[:100] for each in found if PART_OF_SERVER not in lines[each]
    ]
    supervisors = [process for process in found if "supervisor.supervisord" in lines[process]]
    signal(supervisors, SIGTERM)
    # Killed before its programs, which it would start again.
    signal(wait_until_gone(supervisors, seconds), SIGKILL)
    others = find(folder)
    servers = {process.pid for process in postgres.backends(data(folder))}
    signal([process for process in others if process.pid not in servers], SIGTERM)
    signal([process for process in others if process.pid in servers], SIGINT)
    wait_until_gone(others, GRACE_SECONDS)
    last = find(folder)
    signal(last, SIGKILL)
    wait_until_gone(last, GRACE_SECONDS)
    return told


def data(folder: Path) -> Path:
    """The data folder of a stack's PostgreSQL."""
    return folder / "postgres" / "data"


def _line(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""
