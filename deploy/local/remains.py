"""Processes that a killed stack left behind: finding them, ending them."""

import contextlib
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM

import psutil

from deploy.local import postgres
from deploy.local.processes import find_by_variable, is_alive, send_signal, wait_until_gone
from deploy.local.programs import STACK_VARIABLE

GRACE_SECONDS = 10.0
BACKEND_TITLE = "postgres: "


def find_processes(folder: Path) -> list[psutil.Process]:
    """All live processes of the stack of this folder.

    PostgreSQL's overwrite their environment with their titles; they are found by their working
    folder.
    """
    processes = {process.pid: process for process in find_by_variable(STACK_VARIABLE, str(folder))}
    processes |= {process.pid: process for process in postgres.find_backends(data_folder(folder))}
    return [process for process in processes.values() if is_alive(process)]


def end_processes(folder: Path, seconds: float) -> list[str]:
    """Ends all processes of the stack; returns their descriptions.

    A supervisor goes first: asked to end, it stops its programs in their order, for which it has
    `seconds`. Processes alive after that are asked to end, and then killed.
    """
    processes = find_processes(folder)
    command_lines = {process: _command_line(process) for process in processes}
    # PostgreSQL's many children end with their parent; naming them tells nothing more.
    descriptions = [
        f"{leftover.pid} {command_lines[leftover]}"[:100]
        for leftover in processes
        if BACKEND_TITLE not in command_lines[leftover]
    ]
    supervisors = [
        process for process in processes if "supervisor.supervisord" in command_lines[process]
    ]
    send_signal(supervisors, SIGTERM)
    # Killed before its programs, which it would start again.
    send_signal(wait_until_gone(supervisors, seconds), SIGKILL)
    remaining_processes = find_processes(folder)
    server_pids = {process.pid for process in postgres.find_backends(data_folder(folder))}
    send_signal(
        [process for process in remaining_processes if process.pid not in server_pids], SIGTERM
    )
    send_signal([process for process in remaining_processes if process.pid in server_pids], SIGINT)
    wait_until_gone(remaining_processes, GRACE_SECONDS)
    survivors = find_processes(folder)
    send_signal(survivors, SIGKILL)
    wait_until_gone(survivors, GRACE_SECONDS)
    return descriptions


def data_folder(folder: Path) -> Path:
    """The data folder of a stack's PostgreSQL."""
    return folder / "postgres" / "data"


def _command_line(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""
