"""What a stack consists of: its programs, their environment, the supervisor's configuration."""

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local import broker, issuer
from deploy.local.ports import HOST, Ports
from deploy.local.postgres import Server
from deploy.local.settings import PROJECT, BrokerKind

SERVICES = ("catalog", "applications", "certificates")
MARK = "ATTESTA_LOCAL_STACK"
"""In the environment of every process of a stack: the stack's folder. It tells what was left."""


SECRETS = "secrets"
"""The folder of the stack's keys, in its folder."""


@dataclass(frozen=True)
class Program:
    """One process of the stack."""

    name: str
    arguments: tuple[str, ...]
    """What Python is to run."""
    port: int | None = None
    """Where it answers `/health/ready`; None: it does not speak HTTP."""
    health_port: int | None = None
    """The same port, where the program learns it from its environment."""
    stop_signal: str = "TERM"
    stop_seconds: int = 15


def infrastructure(
    folder: Path, server: Server, kind: BrokerKind, ports: Ports
) -> tuple[Program, ...]:
    """What the platform's own processes need: they start after these and stop before them."""
    serve = ("-m", "deploy.local.postgres", "--data", server.data, "--sockets", server.sockets)
    return (
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
        Program("postgres", tuple(map(str, serve)), stop_signal="INT"),
        Program("broker", tuple(broker.arguments(kind, folder / "broker", ports))),
    )


def platform(ports: Ports) -> tuple[Program, ...]:
    """The platform's own processes."""
    return (
        _serving("issuer", "deploy.local.issuer:create", ports.issuer),
        _http("catalog", ports.catalog),
        _http("applications", ports.applications),
        _http("certificates", ports.certificates),
        _background("catalog-worker", "services.catalog.worker", ports.catalog_worker),
        _background(
            "applications-worker", "services.applications.worker", ports.applications_worker
        ),
        _background(
            "certificates-worker", "services.certificates.worker", ports.certificates_worker
        ),
        _background("scheduler", "services.certificates.scheduler", ports.scheduler),
        _background(
            "applications-scheduler",
            "services.applications.scheduler",
            ports.applications_scheduler,
        ),
    )


def environment(
    folder: Path, server: Server, kind: BrokerKind, ports: Ports, extra: Mapping[str, str]
) -> dict[str, str]:
    """The environment of every process: the caller's own, with the addresses of this stack.

    `extra` wins over everything. PGHOST and the like are left out: they would lead the database
    driver elsewhere.
    """
    documents = folder / "documents"
    documents.mkdir(mode=0o700, exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {
        "ATTESTA_LOG_FORMAT": "json",
        "ATTESTA_CERTIFICATES_SCAN_INTERVAL_SECONDS": "2",
        "ATTESTA_APPLICATIONS_SCAN_INTERVAL_SECONDS": "5",
        **inherited,
        **{f"ATTESTA_{name.upper()}_DATABASE_URL": server.url(database(name)) for name in SERVICES},
        "ATTESTA_KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{ports.broker}",
        "ATTESTA_KAFKA_IDEMPOTENT_PRODUCER": str(kind == "kafka").lower(),
        "ATTESTA_KAFKA_REPLICATION_FACTOR": "1",
        "ATTESTA_APPLICATIONS_DOCUMENTS_URL": f"{documents.as_uri()}/",
        "ATTESTA_APPLICATIONS_DATA_KEYS": secrets(folder).data,
        "ATTESTA_CERTIFICATES_SIGNING_KEYS": secrets(folder).statements,
        "ATTESTA_CERTIFICATES_PUBLIC_URL": f"http://{HOST}:{ports.certificates}",
        "ATTESTA_AUTH_ISSUER": issuer_address(ports),
        "ATTESTA_AUTH_JWKS_URL": f"{issuer_address(ports)}/jwks.json",
        issuer.FOLDER: str(folder / SECRETS),
        "PYTHONUNBUFFERED": "1",
        **extra,
        MARK: str(folder),
    }


def secrets(folder: Path) -> issuer.Secrets:
    """The stack's keys."""
    return issuer.Secrets(folder / SECRETS)


def issuer_address(ports: Ports) -> str:
    """Where tokens come from: their `iss`."""
    return f"http://{HOST}:{ports.issuer}"


def database(service: str) -> str:
    """The name of a service's database."""
    return f"attesta_{service}"


def configuration(
    folder: Path, control: Path, first: tuple[Program, ...], then: tuple[Program, ...]
) -> str:
    """The supervisor's configuration. Nothing starts by itself; what was started is kept alive.

    A program that ends is started again, at once after a good run, else after one second more each
    time. On shutdown the second group is stopped before the first.
    """
    sections = [
        "[unix_http_server]",
        f"file={_literal(control)}",
        "chmod=0600",
        "[supervisord]",
        "nodaemon=true",
        "silent=true",
        f"logfile={_literal(folder / 'logs' / 'supervisor.log')}",
        f"pidfile={_literal(folder / 'supervisor.pid')}",
        *(["user=root"] if os.geteuid() == 0 else []),  # on purpose: nothing to be warned of
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        "[supervisorctl]",
        f"serverurl=unix://{_literal(control)}",
    ]
    for priority, (group, programs) in enumerate({"first": first, "then": then}.items()):
        names = ",".join(program.name for program in programs)
        sections += [f"[group:{group}]", f"programs={names}", f"priority={priority}"]
        sections += [line for program in programs for line in _section(folder, program)]
    return "\n".join([*sections, ""])


def _section(folder: Path, program: Program) -> list[str]:
    command = shlex.join([sys.executable, *program.arguments])
    port = program.health_port
    return [
        f"[program:{program.name}]",
        f"command={_literal(command)}",
        f"directory={_literal(PROJECT)}",
        "autostart=false",
        "autorestart=true",
        "startretries=1000",
        f"stopsignal={program.stop_signal}",
        f"stopwaitsecs={program.stop_seconds}",
        "redirect_stderr=true",
        f"stdout_logfile={_literal(log(folder, program.name))}",
        "stdout_logfile_maxbytes=10MB",
        "stdout_logfile_backups=3",
        *([f'environment=ATTESTA_HEALTH_PORT="{port}"'] if port is not None else []),
    ]


def log(folder: Path, name: str) -> Path:
    """Where the output of a program is kept."""
    return folder / "logs" / f"{name}.log"


def _http(name: str, port: int) -> Program:
    return _serving(name, f"services.{name}.main:create", port)


def _serving(name: str, application: str, port: int) -> Program:
    return Program(
        name,
        (
            *("-m", "uvicorn", "--factory", application, "--host", HOST, "--port", str(port)),
            "--no-access-log",
        ),
        port=port,
    )


def _background(name: str, module: str, port: int) -> Program:
    return Program(name, ("-m", module), port=port, health_port=port)


def _literal(text: object) -> str:
    """The supervisor would read `%` as the beginning of one of its own names."""
    return str(text).replace("%", "%%")
