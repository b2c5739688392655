"""A whole stack: started, stopped, asked about, and hurt on purpose by tests."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Self

import httpx

from deploy.local import kafka, postgres, programs, remains
from deploy.local.claim import Claim, Description, described
from deploy.local.errors import StackError, tail
from deploy.local.ports import HOST, Ports, accepts, listener
from deploy.local.programs import Program
from deploy.local.settings import PROJECT, LocalSettings
from deploy.local.supervision import Running, Supervisor

Progress = Callable[[str], AbstractContextManager[object]]
"""Told the name of each step, for as long as the step lasts."""

PATIENCE = 5
"""A program that began so many times without becoming ready will not become so by waiting."""


def silently(_step: str) -> AbstractContextManager[object]:
    """No progress shown."""
    return contextlib.nullcontext()


class Stack:
    """PostgreSQL, a broker and all processes of the platform, from one folder that keeps the data.

    The object that starts a stack owns it and stops it; `running` gives an object for a stack that
    another process owns, to ask about. All methods block: call them with `asyncio.to_thread` where
    an event loop must go on.
    """

    def __init__(
        self,
        settings: LocalSettings,
        ports: Ports | None = None,
        environment: Mapping[str, str] | None = None,
        platform: Iterable[Program] | None = None,
    ) -> None:
        """Nothing is started yet.

        `ports`: as the settings say, unless given. `environment`: added to every process's.
        `platform`: other programs than the platform's own.
        """
        self._settings = settings
        self.folder = settings.folder.expanduser().resolve()
        self.ports = ports or Ports.above(settings.port_base)
        self.broker = settings.broker
        self._extra = dict(environment or {})
        self._platform = tuple(platform or programs.platform(self.ports))
        self._claim = Claim(self.folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._control = Path()
        self._server = postgres.Server(remains.data(self.folder), Path())

    @classmethod
    def running(cls, settings: LocalSettings) -> Self | None:
        """The stack that runs from this folder now, whoever owns it; None when there is none."""
        stack = cls(settings)
        told = stack._claim.read()
        if told is None or not told.control:
            return None
        stack._adopt(told)
        return stack

    def start(self, progress: Progress = silently) -> None:
        """Starts everything and returns when every process is ready and the catalog is filled.

        On failure nothing is left running. Raises StackError, which says what to do.
        """
        self._claim.take(described(self.ports, self.broker, "", ""))
        try:
            self._check()
            with progress("Preparing PostgreSQL and the broker"):
                self._prepare()
            with progress("Starting PostgreSQL and the broker"):
                self._launch()
                self.start_again("postgres", "broker")
            with progress("Migrating the databases"):
                self._server.create_databases(map(programs.database, programs.SERVICES))
                self._run("deploy.migrations")
            with progress("Starting the services, workers and scheduler"):
                self.start_again(*(program.name for program in self._platform))
            with progress("Loading the qualifications"):
                self._load_qualifications()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> list[str]:
        """Stops everything in order; returns what had to be ended by force. Data stays."""
        if not self.owned:
            return []
        if self._process is not None:
            Supervisor(self._control).shutdown()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(self._settings.stop_seconds)
        left = remains.end(self.folder, seconds=1)
        if self._process is not None:
            self._process.wait()
            self._process = None
        self._claim.release()
        return left

    def kill(self, name: str) -> None:
        """Kills one program's process (SIGKILL). The supervisor starts another by itself."""
        Supervisor(self._control).kill(name)

    def halt(self, name: str) -> None:
        """Stops one program until `start_again`."""
        Supervisor(self._control).stop(name)

    def start_again(self, *names: str) -> None:
        """Starts programs that do not run, and waits until they are ready."""
        Supervisor(self._control).start(names)
        self.wait_until_ready(*names)

    def wait_until_ready(self, *names: str) -> None:
        """Waits for these programs, or for all.

        Raises StackError, with the end of the log, for the first that is not ready in time.
        """
        deadline = time.monotonic() + self._settings.ready_seconds
        supervisor = Supervisor(self._control)
        begun: dict[str, set[int]] = {}
        waiting = list(names or self.program_names)
        while waiting:
            known = supervisor.programs()
            for name in waiting:
                begun.setdefault(name, set()).add(known[name].pid)
                hopeless = known[name].state == "FATAL" or len(begun[name]) > PATIENCE
                if hopeless or time.monotonic() > deadline:
                    raise StackError(self._failure(known[name]))
            waiting = [name for name in waiting if self.unreadiness(name) is not None]
            if waiting:
                time.sleep(0.1)

    def unreadiness(self, name: str) -> str | None:
        """Why this program is not ready now; None when it is."""
        if name == "postgres":
            return None if self._server.answers() else "it takes no connections"
        port = self._health_port(name)
        if port is None:
            return None if accepts(self.ports.broker) else "it takes no connections"
        try:
            answer = httpx.get(f"http://{HOST}:{port}/health/ready", timeout=5, trust_env=False)
        except httpx.HTTPError as error:
            return f"no answer on port {port} ({type(error).__name__})"
        return None if answer.status_code == httpx.codes.OK else answer.text

    def programs(self) -> dict[str, Running]:
        """What the supervisor knows of each program."""
        return Supervisor(self._control).programs()

    @property
    def owned(self) -> bool:
        """Whether this object started the stack and has yet to stop it."""
        return self._claim.held

    def supervised(self) -> bool:
        """Whether the supervisor is alive; when it is not, nothing is kept alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def program_names(self) -> list[str]:
        """All programs, in the order in which they start."""
        return ["postgres", "broker", *(program.name for program in self._platform)]

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the stack finds in its environment."""
        return programs.environment(self.folder, self._server, self.broker, self.ports, self._extra)

    @property
    def bootstrap_servers(self) -> str:
        """The broker's address."""
        return f"{HOST}:{self.ports.broker}"

    def base_url(self, service: str) -> str:
        """Where a service answers over HTTP."""
        return f"http://{HOST}:{self._health_port(service)}"

    def token(self, part: str = "demo") -> str:
        """A bearer token for a part in the procedure. Raises `KeyError`."""
        return programs.secrets(self.folder).token(part, programs.issuer_address(self.ports))

    def database_url(self, service: str) -> str:
        """The address of a service's database."""
        return self._server.url(programs.database(service))

    def log(self, name: str) -> Path:
        """The log file of a program."""
        return programs.log(self.folder, name)

    def _adopt(self, told: Description) -> None:
        self.ports, self.broker = told.ports, told.broker
        self._platform = programs.platform(told.ports)
        self._control = Path(told.control)
        self._server = postgres.Server(self._server.data, Path(told.sockets))

    def _check(self) -> None:
        remains.end(self.folder, self._settings.stop_seconds)
        if taken := self.ports.taken():
            lines = [
                f"Port {port} ({name}) is taken by {listener(port) or 'another program'}."
                for name, port in taken.items()
            ]
            raise StackError(
                "\n".join(lines) + "\nFree it, or shift all ports, for example:\n"
                f"    ATTESTA_LOCAL_PORT_BASE={self._settings.port_base + 10_000} make run"
            )

    def _prepare(self) -> None:
        self._server = postgres.prepare(self._server.data)
        if self.broker == "kafka":
            kafka.fetch()
        (self.folder / "logs").mkdir(exist_ok=True)
        private = self.folder / "control"
        private.mkdir(mode=0o700, exist_ok=True)
        reachable = postgres.socket_folder(private)
        reachable.chmod(0o700)
        self._control = reachable / "supervisor"

    def _launch(self) -> None:
        first = programs.infrastructure(self.folder, self._server, self.broker, self.ports)
        configuration = self.folder / "supervisor.conf"
        configuration.write_text(
            programs.configuration(self.folder, self._control, first, self._platform)
        )
        log = self.log("supervisor")
        self._process = Supervisor.launch(configuration, self.environment, log)
        Supervisor(self._control).wait_until_it_answers(self._process, log)
        self._claim.describe(
            described(self.ports, self.broker, self._control, self._server.sockets)
        )

    def _run(self, module: str, *arguments: str, **more: str) -> None:
        """Runs a program of the platform to its end; `more` joins its environment."""
        with self.log(module).open("w") as log:
            done = subprocess.run(
                [sys.executable, "-m", module, *arguments],
                cwd=PROJECT,
                env={**self.environment, **more},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
            )
        if done.returncode != 0:
            shown = tail(self.log(module).read_text())
            raise StackError(f"{module} ended with status {done.returncode}:\n{shown}")

    def _load_qualifications(self) -> None:
        """Publishes what ships with the catalog, under an approval that says what it is."""
        today = datetime.now(self._settings.time_zone).date().isoformat()
        self._run(
            *("services.catalog.load", self.base_url("catalog")),
            *("--approved-by", "Attesta, local stack: for trying out, approved by nobody"),
            *("--protocol-number", "0", "--protocol-date", today, "--effective-from", today),
            ATTESTA_TOKEN=self.token("council"),
        )

    def _failure(self, program: Running) -> str:
        why = self.unreadiness(program.name) or "it ended again and again"
        log = self.log(program.name)
        last = tail(log.read_text(errors="replace")) if log.exists() else "    (nothing)"
        return (
            f"{program.name} did not become ready: {why}.\nIts state: {program.state}."
            f" The end of {log}:\n{last}"
        )

    def _health_port(self, name: str) -> int | None:
        return next((each.port for each in self._platform if each.name == name), None)
