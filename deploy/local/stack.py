"""A whole stack: started, stopped, queried, and damaged on purpose by tests."""

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

import httpx

from deploy.local import kafka, postgres, programs, remains
from deploy.local.approval import build_load_command
from deploy.local.claim import Claim, StackDescription, describe_own_stack
from deploy.local.errors import StackError, indent_tail
from deploy.local.ports import HOST, Ports, accepts_connections, describe_listener
from deploy.local.programs import Program
from deploy.local.settings import SERVICES, LocalSettings
from deploy.local.supervision import ProgramState, Supervisor

Progress = Callable[[str], AbstractContextManager[object]]
"""Told the name of each step, for as long as the step lasts."""

MAX_STARTS = 5
"""A program that began so many times without becoming ready will not become so by waiting."""


def show_no_progress(_step: str) -> AbstractContextManager[object]:
    """A `Progress` that shows nothing."""
    return contextlib.nullcontext()


class Stack:
    """PostgreSQL, a broker and all processes of the platform, from one folder that keeps the data.

    The object that starts a stack owns it and stops it; `find_running` gives an object for a stack
    that another process owns, for queries. All methods block: call them with `asyncio.to_thread`
    where an event loop must go on.
    """

    def __init__(
        self,
        settings: LocalSettings,
        ports: Ports | None = None,
        environment: Mapping[str, str] | None = None,
        platform: Iterable[Program] | None = None,
    ) -> None:
        """Prepares the object; nothing is started yet.

        `ports`: as the settings say, unless given. `environment`: added to every process's.
        `platform`: other programs than the platform's own.
        """
        self._settings = settings
        self.folder = settings.folder.expanduser().resolve()
        self.ports = ports or Ports.from_base(settings.port_base)
        self.broker = settings.broker
        self._extra_variables = dict(environment or {})
        self._platform = tuple(platform or programs.platform_programs(self.folder, self.ports))
        self._claim = Claim(self.folder)
        self._supervisor_process: subprocess.Popen[bytes] | None = None
        self._control_socket = Path()
        self._server = postgres.Server(remains.data_folder(self.folder), Path())

    @classmethod
    def find_running(cls, settings: LocalSettings) -> Self | None:
        """The stack that runs from this folder now, whoever owns it; None when there is none."""
        stack = cls(settings)
        description = stack._claim.read_description()
        if description is None or not description.control:
            return None
        stack._use_description(description)
        return stack

    def start(self, progress: Progress = show_no_progress) -> None:
        """Starts everything and returns when every process is ready and the catalog is filled.

        On failure everything is stopped. Raises `StackError`, which says how to mend it.
        """
        self._claim.acquire(describe_own_stack(self.ports, self.broker, "", ""))
        try:
            self._check_ports()
            with progress("Preparing PostgreSQL and the broker"):
                self._prepare_infrastructure()
            with progress("Starting PostgreSQL and the broker"):
                self._launch_supervisor()
                self.start_programs("postgres", "broker")
            with progress("Migrating the databases"):
                self._server.create_databases(map(programs.database_name, SERVICES))
                self._run_module("deploy.migrations")
            with progress("Starting the services, workers and scheduler"):
                self.start_programs(*(program.name for program in self._platform))
            with progress("Loading the qualifications"):
                self._load_qualifications()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> list[str]:
        """Stops everything in order; returns the processes that had to be killed. Data stays."""
        if not self.is_owned:
            return []
        if self._supervisor_process is not None:
            Supervisor(self._control_socket).shutdown()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._supervisor_process.wait(self._settings.stop_seconds)
        killed_processes = remains.end_processes(self.folder, seconds=1)
        if self._supervisor_process is not None:
            self._supervisor_process.wait()
            self._supervisor_process = None
        self._claim.release()
        return killed_processes

    def kill_program(self, name: str) -> None:
        """Kills one program's process (SIGKILL). The supervisor starts another by itself."""
        Supervisor(self._control_socket).kill_program(name)

    def stop_program(self, name: str) -> None:
        """Stops one program until `start_programs` starts it again."""
        Supervisor(self._control_socket).stop_program(name)

    def start_programs(self, *names: str) -> None:
        """Starts those of the programs that do not run, and waits until they are ready.

        Raises `StackError`.
        """
        Supervisor(self._control_socket).start_programs(names)
        self.wait_until_ready(*names)

    def wait_until_ready(self, *names: str) -> None:
        """Waits for these programs, or for all.

        Raises `StackError`, with the end of the log, for the first that is not ready in time.
        """
        deadline = time.monotonic() + self._settings.ready_seconds
        supervisor = Supervisor(self._control_socket)
        pids_by_name: dict[str, set[int]] = {}
        unready_names = list(names or self.program_names)
        while unready_names:
            program_states = supervisor.list_programs()
            for name in unready_names:
                pids_by_name.setdefault(name, set()).add(program_states[name].pid)
                is_hopeless = (
                    program_states[name].state == "FATAL" or len(pids_by_name[name]) > MAX_STARTS
                )
                if is_hopeless or time.monotonic() > deadline:
                    raise StackError(self._failure_message(program_states[name]))
            unready_names = [
                name for name in unready_names if self.find_readiness_problem(name) is not None
            ]
            if unready_names:
                time.sleep(0.1)

    def find_readiness_problem(self, name: str) -> str | None:
        """Why this program is not ready now; None when it is."""
        if name == "postgres":
            return None if self._server.accepts_connections() else "it takes no connections"
        port = self._health_port(name)
        if port is None:
            return None if accepts_connections(self.ports.broker) else "it takes no connections"
        try:
            response = httpx.get(f"http://{HOST}:{port}/health/ready", timeout=5, trust_env=False)
        except httpx.HTTPError as error:
            return f"no answer on port {port} ({type(error).__name__})"
        return None if response.status_code == httpx.codes.OK else response.text

    def list_programs(self) -> dict[str, ProgramState]:
        """The supervisor's state of each program, by name."""
        return Supervisor(self._control_socket).list_programs()

    @property
    def is_owned(self) -> bool:
        """Whether this object started the stack and has yet to stop it."""
        return self._claim.is_held

    def is_supervised(self) -> bool:
        """Whether the supervisor is alive; without it no program is restarted."""
        return self._supervisor_process is not None and self._supervisor_process.poll() is None

    @property
    def program_names(self) -> list[str]:
        """All programs, in the order in which they start."""
        return ["postgres", "broker", *(program.name for program in self._platform)]

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of every process of the stack."""
        return programs.build_environment(
            self.folder, self._server, self.broker, self.ports, self._extra_variables
        )

    @property
    def bootstrap_servers(self) -> str:
        """The broker's address."""
        return f"{HOST}:{self.ports.broker}"

    @property
    def site_url(self) -> str:
        """The one address of all services, behind the gateway."""
        return programs.site_address(self.ports)

    @property
    def mailbox_url(self) -> str:
        """Where the letters that were sent can be read."""
        return programs.mailbox_address(self.ports)

    def base_url(self, service: str) -> str:
        """The base URL of a service's HTTP interface on its own port."""
        return f"http://{HOST}:{self._health_port(service)}"

    def issue_token(self, role: str = "demo") -> str:
        """A bearer token for a role in the procedure. Raises `KeyError` for an unknown role."""
        return programs.stack_secrets(self.folder).issue_token(
            role, programs.issuer_address(self.ports)
        )

    def database_url(self, service: str) -> str:
        """The address of a service's database."""
        return self._server.database_url(programs.database_name(service))

    def log_path(self, name: str) -> Path:
        """The log file of a program."""
        return programs.log_path(self.folder, name)

    def _use_description(self, description: StackDescription) -> None:
        self.ports, self.broker = description.ports, description.broker
        self._platform = programs.platform_programs(self.folder, description.ports)
        self._control_socket = Path(description.control)
        self._server = postgres.Server(self._server.data, Path(description.sockets))

    def _check_ports(self) -> None:
        remains.end_processes(self.folder, self._settings.stop_seconds)
        if occupied_ports := self.ports.find_occupied():
            lines = [
                f"Port {port} ({name}) is taken by {describe_listener(port) or 'another program'}."
                for name, port in occupied_ports.items()
            ]
            raise StackError(
                "\n".join(lines) + "\nFree it, or shift all ports, for example:\n"
                f"    ATTESTA_LOCAL_PORT_BASE={self._settings.port_base + 10_000} make run"
            )

    def _prepare_infrastructure(self) -> None:
        self._server = postgres.prepare_server(self._server.data)
        if self.broker == "kafka":
            kafka.fetch_jars()
        (self.folder / "logs").mkdir(exist_ok=True)
        control_folder = self.folder / "control"
        control_folder.mkdir(mode=0o700, exist_ok=True)
        socket_folder = postgres.choose_socket_folder(control_folder)
        socket_folder.chmod(0o700)
        self._control_socket = socket_folder / "supervisor"

    def _launch_supervisor(self) -> None:
        infrastructure = programs.infrastructure_programs(
            self.folder, self._server, self.broker, self.ports
        )
        configuration = self.folder / "supervisor.conf"
        configuration.write_text(
            programs.build_configuration(
                self.folder, self._control_socket, infrastructure, self._platform
            )
        )
        log_file = self.log_path("supervisor")
        self._supervisor_process = Supervisor.launch(configuration, self.environment, log_file)
        Supervisor(self._control_socket).wait_until_ready(self._supervisor_process, log_file)
        self._claim.write_description(
            describe_own_stack(self.ports, self.broker, self._control_socket, self._server.sockets)
        )

    def _run_module(self, module: str, *arguments: str, **extra_variables: str) -> None:
        """Runs a module with extra environment variables. Raises `StackError` when it fails."""
        environment = {**self.environment, **extra_variables}
        programs.run_module(module, arguments, environment, self.log_path(module))

    def _load_qualifications(self) -> None:
        """Publishes what ships with the catalog."""
        self._run_module(
            *build_load_command(self.base_url("catalog"), self._settings.civil_today()),
            ATTESTA_TOKEN=self.issue_token("council"),
        )

    def _failure_message(self, program: ProgramState) -> str:
        problem = self.find_readiness_problem(program.name) or "it ended again and again"
        log_file = self.log_path(program.name)
        log_text = log_file.read_text(errors="replace") if log_file.exists() else "(nothing)"
        return (
            f"{program.name} did not become ready: {problem}.\nIts state: {program.state}."
            f" The end of {log_file}:\n{indent_tail(log_text)}"
        )

    def _health_port(self, name: str) -> int | None:
        return next((program.port for program in self._platform if program.name == name), None)
