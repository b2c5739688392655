"""The platform with two processes of each kind that has any number, replaced one after another."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local.ports import HOST, Ports
from deploy.local.programs import Program, platform_programs
from deploy.local.settings import PROJECT, SERVICES, BrokerKind, LocalSettings
from deploy.local.stack import Stack
from tests.ports import reserve_ports

WORKERS = tuple(f"{service}-worker" for service in SERVICES)
SINGLE = ("scheduler", "applications-scheduler", "sender")
"""Of these one runs; the rows themselves say what is due, so that nothing is missed meanwhile."""
SECOND = "-second"
FIRST_HALF = (*SERVICES, *WORKERS)
SECOND_HALF = (*(f"{name}{SECOND}" for name in FIRST_HALF), *SINGLE)
END_SECONDS = 100
VARIABLES = {
    "ATTESTA_DRAIN_SECONDS": "3",
    # A busy machine takes long for everything, and no limit of time is what is tried here.
    "ATTESTA_SHUTDOWN_SECONDS": str(END_SECONDS),
    "ATTESTA_CONSUMER_SESSION_SECONDS": "30",
    "ATTESTA_CONNECT_TIMEOUT_SECONDS": "60",
    "ATTESTA_DATABASE_POOL_WAIT_SECONDS": "60",
    "ATTESTA_STATEMENT_TIMEOUT_SECONDS": "60",
    "ATTESTA_LOCK_TIMEOUT_SECONDS": "60",
    # One server has to do for the connections of all.
    "ATTESTA_DATABASE_POOL_SIZE": "3",
    "ATTESTA_DATABASE_POOL_OVERFLOW": "3",
    "ATTESTA_CERTIFICATES_PUBLIC_RATE": "1000000/minute",
}


@dataclass(frozen=True, slots=True)
class Deployment:
    """A stack whose programs each run from a link: where it leads is the release."""

    stack: Stack
    links: Path
    replicas: dict[str, list[str]]
    """`host:port` of each service's processes."""

    def replace_processes(self, names: Sequence[str], release: Path) -> None:
        """Ends these processes, and starts those of the release in their places.

        Of each kind one at a time is among the names, so that another one goes on meanwhile.
        """
        with ThreadPoolExecutor() as threads:
            list(threads.map(self.stack.stop_program, names))
        for name in names:
            _point(self.links / name, release)
        self.stack.start_programs(*names)

    def migrate(self, release: Path) -> str:
        """What the release's migrations say. Raises `CalledProcessError`."""
        return subprocess.run(
            [sys.executable, "-m", "deploy.migrations"],
            cwd=release,
            env=self.stack.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout


@contextmanager
def running_deployment(folder: Path, broker: BrokerKind) -> Iterator[Deployment]:
    """The platform of the release that this code is."""
    ports, second_ports = reserve_ports(), reserve_ports()
    links = folder / "links"
    links.mkdir()
    programs = list(_double(platform_programs(folder / "stack", ports), ports, second_ports))
    for program in programs:
        _point(links / program.name, PROJECT)
    programs = [
        replace(program, directory=links / program.name, stop_seconds=END_SECONDS + 10)
        for program in programs
    ]
    (folder / "stack").mkdir()
    settings = LocalSettings(folder=folder / "stack", broker=broker, ready_seconds=900)
    stack = Stack(settings, ports, VARIABLES, programs)
    stack.start()
    try:
        yield Deployment(stack, links, _list_replicas(ports, second_ports))
    finally:
        stack.stop()


def _list_replicas(*layouts: Ports) -> dict[str, list[str]]:
    return {name: [f"{HOST}:{getattr(layout, name)}" for layout in layouts] for name in SERVICES}


def _double(programs: Sequence[Program], ports: Ports, second_ports: Ports) -> Iterator[Program]:
    """The programs, and a second one of each that may have it, which the gateway knows as well."""
    for program in programs:
        if program.name == "gateway":
            addresses = (
                f"{name}={','.join(f'http://{place}' for place in places)}"
                for name, places in _list_replicas(ports, second_ports).items()
            )
            yield replace(program, arguments=(*program.arguments[: -len(SERVICES)], *addresses))
            continue
        yield program
        if program.name in FIRST_HALF:
            name = program.name.replace("-", "_")
            ports_by_text = {str(getattr(ports, name)): str(getattr(second_ports, name))}
            port = getattr(second_ports, name)
            yield replace(
                program,
                name=f"{program.name}{SECOND}",
                arguments=tuple(ports_by_text.get(text, text) for text in program.arguments),
                port=port,
                health_port=port if program.health_port else None,
            )


def _point(link: Path, release: Path) -> None:
    """Lets the link lead to the release, at no moment nowhere."""
    fresh_link = link.with_suffix(".fresh")
    fresh_link.symlink_to(release)
    fresh_link.replace(link)
