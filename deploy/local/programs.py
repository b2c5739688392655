"""The programs of a stack, their environment, and the supervisor's configuration."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local import broker, issuer
from deploy.local.errors import StackError, indent_tail
from deploy.local.ports import HOST, Ports
from deploy.local.postgres import Server
from deploy.local.settings import PROJECT, SERVICES, BrokerKind

STACK_VARIABLE = "ATTESTA_LOCAL_STACK"
"""In the environment of every process of a stack: the stack's folder. It tells what was left."""


STOP_SECONDS = 5
"""So long a server that is stopped waits for answers; live updates would go on for ever."""

SECRETS_FOLDER = "secrets"
"""The folder of the stack's keys, in its folder."""


@dataclass(frozen=True)
class Program:
    """One process of the stack, as the supervisor starts and stops it."""

    name: str
    arguments: tuple[str, ...]
    """What Python is to run."""
    port: int | None = None
    """Where it answers `/health/ready`; None: it does not speak HTTP."""
    health_port: int | None = None
    """The same port, where the program learns it from its environment."""
    stop_signal: str = "TERM"
    stop_seconds: int = 15
    directory: Path = PROJECT
    """Where Python finds what it is to run."""


def infrastructure_programs(
    folder: Path, server: Server, kind: BrokerKind, ports: Ports
) -> tuple[Program, ...]:
    """PostgreSQL and the broker: the platform starts after them and stops before them."""
    folders = ("--data", server.data, "--sockets", server.sockets)
    postgres_arguments = ("-m", "deploy.local.postgres", *folders)
    return (
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
        Program("postgres", tuple(map(str, postgres_arguments)), stop_signal="INT"),
        Program("broker", tuple(broker.broker_arguments(kind, folder / "broker", ports))),
    )


def platform_programs(folder: Path, ports: Ports) -> tuple[Program, ...]:
    """The issuer, the mailbox, the services, their gateway, workers, schedulers, the sender."""
    return (
        _uvicorn_program("issuer", "deploy.local.issuer:create", ports.issuer),
        _mailbox_program(folder, ports),
        _service_program("catalog", ports.catalog),
        _service_program("applications", ports.applications),
        _service_program("certificates", ports.certificates),
        _gateway_program(ports),
        _background_program("catalog-worker", "services.catalog.worker", ports.catalog_worker),
        _background_program(
            "applications-worker", "services.applications.worker", ports.applications_worker
        ),
        _background_program(
            "certificates-worker", "services.certificates.worker", ports.certificates_worker
        ),
        _background_program("scheduler", "services.certificates.scheduler", ports.scheduler),
        _background_program(
            "applications-scheduler",
            "services.applications.scheduler",
            ports.applications_scheduler,
        ),
        _background_program("sender", "services.certificates.sender", ports.sender),
    )


def build_environment(
    folder: Path, server: Server, kind: BrokerKind, ports: Ports, extra_variables: Mapping[str, str]
) -> dict[str, str]:
    """The environment of every process: the caller's own, with the addresses of this stack.

    `extra_variables` win over everything. PGHOST and the like are left out: they would lead the
    database driver elsewhere.
    """
    documents_folder = folder / "documents"
    documents_folder.mkdir(mode=0o700, exist_ok=True)
    inherited_variables = {
        name: value for name, value in os.environ.items() if not name.startswith("PG")
    }
    return {
        "ATTESTA_LOG_FORMAT": "json",
        "ATTESTA_TRIAL_SITE": "true",
        "ATTESTA_CERTIFICATES_SCAN_INTERVAL_SECONDS": "2",
        "ATTESTA_APPLICATIONS_SCAN_INTERVAL_SECONDS": "5",
        **inherited_variables,
        **{
            f"ATTESTA_{name.upper()}_DATABASE_URL": server.database_url(database_name(name))
            for name in SERVICES
        },
        "ATTESTA_KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{ports.broker}",
        "ATTESTA_KAFKA_IDEMPOTENT_PRODUCER": str(kind == "kafka").lower(),
        "ATTESTA_KAFKA_REPLICATION_FACTOR": "1",
        "ATTESTA_APPLICATIONS_DOCUMENTS_URL": f"{documents_folder.as_uri()}/",
        "ATTESTA_APPLICATIONS_DATA_KEYS": stack_secrets(folder).data_key,
        "ATTESTA_CERTIFICATES_DATA_KEYS": stack_secrets(folder).webhook_key,
        "ATTESTA_CERTIFICATES_WEBHOOK_LOCAL": "true",
        "ATTESTA_CERTIFICATES_SIGNING_KEYS": stack_secrets(folder).evidence_keys,
        **_mail_variables(ports),
        **_site_variables(ports),
        issuer.FOLDER_VARIABLE: str(folder / SECRETS_FOLDER),
        # Of each service there is one process: no other could take its requests.
        "ATTESTA_DRAIN_SECONDS": "0",
        "PYTHONUNBUFFERED": "1",
        **extra_variables,
        STACK_VARIABLE: str(folder),
    }


def _site_variables(ports: Ports) -> dict[str, str]:
    return {
        "ATTESTA_SITE_URL": site_address(ports),
        "ATTESTA_AUTH_ISSUER": issuer_address(ports),
        "ATTESTA_AUTH_JWKS_URL": f"{issuer_address(ports)}/jwks.json",
    }


def _mail_variables(ports: Ports) -> dict[str, str]:
    """Letters go to the stack's own mailbox, at any hour."""
    variables = {
        f"ATTESTA_{service}_{name}": value
        for service in ("APPLICATIONS", "CERTIFICATES")
        for name, value in (
            ("SMTP_HOST", HOST),
            ("SMTP_PORT", str(ports.mailbox_smtp)),
            ("SMTP_SECURITY", "none"),
        )
    }
    return {
        **variables,
        "ATTESTA_APPLICATIONS_LETTERS_FROM_HOUR": "0",
        "ATTESTA_APPLICATIONS_LETTERS_TO_HOUR": "24",
    }


def stack_secrets(folder: Path) -> issuer.StackSecrets:
    """The keys of the stack in this folder."""
    return issuer.StackSecrets(folder / SECRETS_FOLDER)


def site_address(ports: Ports) -> str:
    """The one address under which the gateway reaches all services."""
    return f"http://{HOST}:{ports.gateway}"


def mailbox_address(ports: Ports) -> str:
    """Where what was sent can be read."""
    return f"http://{HOST}:{ports.mailbox}"


def issuer_address(ports: Ports) -> str:
    """The issuer's address, which is the `iss` of its tokens."""
    return f"http://{HOST}:{ports.issuer}"


def database_name(service: str) -> str:
    """The name of a service's database."""
    return f"attesta_{service}"


def build_configuration(
    folder: Path,
    control_socket: Path,
    infrastructure: tuple[Program, ...],
    platform: tuple[Program, ...],
) -> str:
    """The supervisor's configuration: nothing starts by itself, what was started is kept alive.

    A program that ends is started again, at once after a good run, else after one second more each
    time. On shutdown the platform is stopped before the infrastructure.
    """
    sections = [
        "[unix_http_server]",
        f"file={_escape_percent(control_socket)}",
        "chmod=0600",
        "[supervisord]",
        "nodaemon=true",
        "silent=true",
        f"logfile={_escape_percent(folder / 'logs' / 'supervisor.log')}",
        f"pidfile={_escape_percent(folder / 'supervisor.pid')}",
        *(["user=root"] if os.geteuid() == 0 else []),  # on purpose: nothing to be warned of
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        "[supervisorctl]",
        f"serverurl=unix://{_escape_percent(control_socket)}",
    ]
    for priority, (group, programs) in enumerate(
        {"first": infrastructure, "then": platform}.items()
    ):
        names = ",".join(program.name for program in programs)
        sections += [f"[group:{group}]", f"programs={names}", f"priority={priority}"]
        sections += [line for program in programs for line in _program_section(folder, program)]
    return "\n".join([*sections, ""])


def _program_section(folder: Path, program: Program) -> list[str]:
    command = shlex.join([sys.executable, *program.arguments])
    port = program.health_port
    return [
        f"[program:{program.name}]",
        f"command={_escape_percent(command)}",
        f"directory={_escape_percent(program.directory)}",
        "autostart=false",
        "autorestart=true",
        "startretries=1000",
        f"stopsignal={program.stop_signal}",
        f"stopwaitsecs={program.stop_seconds}",
        "redirect_stderr=true",
        f"stdout_logfile={_escape_percent(log_path(folder, program.name))}",
        "stdout_logfile_maxbytes=10MB",
        "stdout_logfile_backups=3",
        *([f'environment=ATTESTA_HEALTH_PORT="{port}"'] if port is not None else []),
    ]


def run_module(
    module: str, arguments: Iterable[str], environment: Mapping[str, str], log_file: Path
) -> None:
    """Runs a module of the platform to its end, with its output in the log file.

    Raises `StackError`, with the end of the log, when it fails.
    """
    with log_file.open("w") as output:
        process = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        )
    if process.returncode != 0:
        raise StackError(
            f"{module} ended with status {process.returncode}:\n{indent_tail(log_file.read_text())}"
        )


def log_path(folder: Path, name: str) -> Path:
    """The file of a program's output."""
    return folder / "logs" / f"{name}.log"


def _service_program(name: str, port: int) -> Program:
    """A service behind the gateway, whose word on who asks is taken."""
    options = ("--proxy-headers", "--forwarded-allow-ips", HOST)
    return _uvicorn_program(name, f"services.{name}.main:create", port, *options)


def _gateway_program(ports: Ports) -> Program:
    addresses = (f"{name}=http://{HOST}:{getattr(ports, name)}" for name in SERVICES)
    arguments = ("-m", "deploy.local.gateway", "--port", str(ports.gateway), *addresses)
    return Program("gateway", arguments, port=ports.gateway)


def _mailbox_program(folder: Path, ports: Ports) -> Program:
    addresses = ("--port", str(ports.mailbox), "--smtp-port", str(ports.mailbox_smtp))
    folder_options = ("--folder", str(folder / "mailbox"))
    arguments = ("-m", "deploy.local.mailbox", *folder_options, *addresses)
    return Program("mailbox", arguments, port=ports.mailbox)


def _uvicorn_program(name: str, application: str, port: int, *options: str) -> Program:
    return Program(
        name,
        (
            *("-m", "uvicorn", "--factory", application, "--host", HOST, "--port", str(port)),
            *("--no-access-log", "--timeout-graceful-shutdown", str(STOP_SECONDS), *options),
        ),
        port=port,
    )


def _background_program(name: str, module: str, port: int) -> Program:
    return Program(name, ("-m", module), port=port, health_port=port)


def _escape_percent(text: object) -> str:
    """The text with `%` doubled: the supervisor expands names that begin with it."""
    return str(text).replace("%", "%%")
