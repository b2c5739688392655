"""The process supervisor that keeps the programs of a stack alive, and how to speak to it."""

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

from deploy.local.errors import StackError, tail
from deploy.local.processes import wait_until_gone

UNREACHABLE = (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError)

ALIVE_OR_COMING = ("STARTING", "RUNNING", "BACKOFF")


@dataclass(frozen=True)
class Running:
    """What the supervisor knows of one program."""

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

    def __init__(self, control: Path) -> None:
        self._control = control

    @staticmethod
    def launch(
        configuration: Path, environment: Mapping[str, str], log: Path
    ) -> "subprocess.Popen[bytes]":
        """Starts a supervisor. It is out of reach of the terminal's Ctrl-C."""
        with log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until_it_answers(
        self, process: "subprocess.Popen[bytes]", log: Path, seconds: float = 15
    ) -> None:
        """Raises StackError, showing the log, if the supervisor ends instead, or stays silent."""
        deadline = time.monotonic() + seconds
        while not self.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise StackError(f"The supervisor does not start:\n{tail(log.read_text())}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether there is a supervisor to speak to."""
        with contextlib.suppress(*UNREACHABLE):
            self._ask("getState")
            return True
        return False

    def programs(self) -> dict[str, Running]:
        """All programs by name."""
        answer = cast(list[dict[str, Any]], self._ask("getAllProcessInfo"))
        return {
            info["name"]: Running(
                name=info["name"],
                state=info["statename"],
                pid=info["pid"],
                seconds=max(0, info["now"] - info["start"]) if info["pid"] else 0,
                qualified_name=f"{info['group']}:{info['name']}",
            )
            for info in answer
        }

    def start(self, names: Iterable[str]) -> None:
        """Starts programs that do not run, without waiting for them."""
        programs = self.programs()
        for name in names:
            if programs[name].state not in ALIVE_OR_COMING:
                self._ask("startProcess", programs[name].qualified_name, False)

    def stop(self, name: str) -> None:
        """Stops a program and waits for its end; it stays stopped until it is started again."""
        self._ask("stopProcess", self.programs()[name].qualified_name, True)

    def kill(self, name: str, seconds: float = 10) -> None:
        """Kills a program's process on the spot (SIGKILL); the supervisor will start another."""
        pid = self.programs()[name].pid
        if not pid:
            raise StackError(f"{name} does not run, so it cannot be killed.")
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            process.kill()
            wait_until_gone([process], seconds)

    def shutdown(self) -> None:
        """Asks it to stop all programs and end; it may be gone already."""
        with contextlib.suppress(*UNREACHABLE, xmlrpc.client.Fault):
            self._ask("shutdown")

    def _ask(self, method: str, *arguments: object) -> object:
        with self._proxy() as proxy:
            return getattr(proxy.supervisor, method)(*arguments)

    @contextlib.contextmanager
    def _proxy(self) -> Iterator[xmlrpc.client.ServerProxy]:
        transport = SupervisorTransport(serverurl=f"unix://{self._control}")
        # The address is only a form: the transport knows the socket.
        with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as proxy:
            yield proxy
