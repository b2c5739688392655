"""The process supervisor that keeps a stack's programs alive, and its XML-RPC interface."""

import contextlib
import http.client
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import psutil
from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped]

from deploy.local.errors import StackError, indent_tail
from deploy.local.processes import wait_until_gone

CONNECTION_ERRORS = (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError)

ACTIVE_STATES = ("STARTING", "RUNNING", "BACKOFF")


@dataclass(frozen=True)
class ProgramState:
    """The supervisor's state of one program."""

    name: str
    state: str
    """`RUNNING`, `STARTING`, `BACKOFF` (it ended and will be tried again), `STOPPED`, ..."""
    pid: int
    """0 when there is no process."""
    seconds: float
    """Since it was started."""
    qualified_name: str
    """`group:name`, by which the supervisor is asked."""


class Supervisor:
    """A supervisor, reached over its Unix socket."""

    def __init__(self, socket_path: Path) -> None:
        self._socket_path = socket_path

    @staticmethod
    def launch(
        configuration: Path, environment: Mapping[str, str], log: Path
    ) -> "subprocess.Popen[bytes]":
        """Starts a supervisor in a session of its own, out of reach of the terminal's Ctrl-C."""
        with log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until_ready(
        self, process: "subprocess.Popen[bytes]", log: Path, seconds: float = 15
    ) -> None:
        """Waits until the supervisor answers.

        Raises `StackError`, showing the log, if it ends instead or stays silent for `seconds`.
        """
        deadline = time.monotonic() + seconds
        while not self.is_reachable():
            if process.poll() is not None or time.monotonic() > deadline:
                raise StackError(f"The supervisor does not start:\n{indent_tail(log.read_text())}")
            time.sleep(0.05)

    def is_reachable(self) -> bool:
        """Whether a supervisor answers on the socket."""
        with contextlib.suppress(*CONNECTION_ERRORS):
            self._call("getState")
            return True
        return False

    def list_programs(self) -> dict[str, ProgramState]:
        """The state of every program, by name."""
        process_infos = cast(list[dict[str, Any]], self._call("getAllProcessInfo"))
        return {
            process_info["name"]: ProgramState(
                name=process_info["name"],
                state=process_info["statename"],
                pid=process_info["pid"],
                seconds=max(0, process_info["now"] - process_info["start"])
                if process_info["pid"]
                else 0,
                qualified_name=f"{process_info['group']}:{process_info['name']}",
            )
            for process_info in process_infos
        }

    def start_programs(self, names: Iterable[str]) -> None:
        """Starts programs that do not run, without waiting for them."""
        programs = self.list_programs()
        for name in names:
            if programs[name].state not in ACTIVE_STATES:
                self._call("startProcess", programs[name].qualified_name, False)

    def stop_program(self, name: str) -> None:
        """Stops a program and waits for its end; it stays stopped until it is started again."""
        self._call("stopProcess", self.list_programs()[name].qualified_name, True)

    def kill_program(self, name: str, seconds: float = 10) -> None:
        """Kills a program's process (SIGKILL); the supervisor starts another.

        Raises `StackError` when it does not run.
        """
        pid = self.list_programs()[name].pid
        if not pid:
            raise StackError(f"{name} does not run, so it cannot be killed.")
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            process.kill()
            wait_until_gone([process], seconds)

    def shutdown(self) -> None:
        """Asks it to stop all programs and end; it may be gone already."""
        with contextlib.suppress(*CONNECTION_ERRORS, xmlrpc.client.Fault):
            self._call("shutdown")

    def _call(self, method: str, *arguments: object) -> object:
        with self._open_proxy() as proxy:
            return getattr(proxy.supervisor, method)(*arguments)

    @contextlib.contextmanager
    def _open_proxy(self) -> Iterator[xmlrpc.client.ServerProxy]:
        transport = SupervisorTransport(serverurl=f"unix://{self._socket_path}")
        # The address is only a form: the transport knows the socket.
        with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as proxy:
            yield proxy
