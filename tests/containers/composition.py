"""A composition of containers as a test starts, asks and damages it, by Docker's own commands."""

import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.docs.pages import ROOT
from tests.faults.databases import ServerDatabases

FOLDER = Path(__file__).parent
STAND_INS = FOLDER / "stand_ins" / "images.env"
PROJECT_NAME = f"attesta-test-{os.getpid()}"
"""Runs beside one another share an engine, and nothing else."""
SUBNETS = tuple(f"172.31.{os.getpid() % 128 + half}.0/24" for half in (0, 128))
"""For two compositions of a run."""
COMMAND_SECONDS = 900
START = ("up", "--detach", "--wait", "--no-recreate")
"""Starts what is missing; what runs already stays as it is."""
ENVIRONMENT = {
    "DOCKER_BUILDKIT": "0",  # whose builder needs no plugin
    **os.environ,
    "ATTESTA_FRONT_SUBNET": SUBNETS[0],
}


class CommandFailed(Exception):
    """A command ended with an error; the text is what it wrote."""


@dataclass(frozen=True, slots=True)
class Composition:
    """The containers of `docker-compose.yml`, of a project of their own, on stand-in bases."""

    files: tuple[Path, ...] = (ROOT / "docker-compose.yml", FOLDER / "quiet.yml")
    project_name: str = PROJECT_NAME
    variables: Mapping[str, str] = field(default_factory=dict)
    """What else the files ask of the environment."""

    def command(self, *arguments: str) -> list[str]:
        """The command line of `docker compose`."""
        files = [option for path in self.files for option in ("--file", str(path))]
        options = ("--env-file", str(STAND_INS), "--project-name", self.project_name, *files)
        return ["docker", "compose", *options, "--ansi", "never", "--progress", "quiet", *arguments]

    def run(self, *arguments: str) -> str:
        """What the command writes. Raises `CommandFailed`."""
        return run_command(*self.command(*arguments), **self.variables)

    def start_demo(self) -> subprocess.Popen[str]:
        """The demo, under way; its output is to be read from it."""
        return subprocess.Popen(
            self.command("run", "--rm", "--no-TTY", "demo"),
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def list_containers(self, service: str) -> list[dict[str, Any]]:
        """What Docker knows of each running container of the service."""
        ids = self.run("ps", "--quiet", "--status", "running", service).split()
        described: list[dict[str, Any]] = json.loads(run_command("docker", "inspect", *ids))
        return described

    def issue_token(self, role: str) -> str:
        """A bearer token of the trial's issuer for a role in the procedure."""
        command = ("python", "-m", "deploy.local.containers", "token", role)
        return self.run("exec", "--no-TTY", "issuer", *command).strip()

    def find_address(self, service: str, network: str) -> str:
        """The address of the service's first container in a network of the composition."""
        networks = self.list_containers(service)[0]["NetworkSettings"]["Networks"]
        address: str = networks[f"{self.project_name}_{network}"]["IPAddress"]
        return address

    def find_databases(self) -> ServerDatabases:
        """The trial's databases, reached past its services."""
        password = self.run("exec", "--no-TTY", "issuer", "cat", "/secrets/postgres_password")
        return ServerDatabases(self.find_address("postgres", "back"), password)

    def replace_containers(self, service: str) -> None:
        """Starts as many of the image besides; ends the others when these are healthy."""
        old_ids = self.run("ps", "--quiet", service).split()
        self.run(*START, "--no-deps", f"--scale={service}={2 * len(old_ids)}", service)
        for old_id in old_ids:
            run_command("docker", "stop", old_id)
            run_command("docker", "rm", old_id)

    def kill_process(self, container: dict[str, Any]) -> None:
        """Kills the container's process as the machine would: Docker starts another."""
        os.kill(container["State"]["Pid"], signal.SIGKILL)

    def count_healthy(self, services: Iterable[str]) -> Counter[str]:
        """How many containers of each service are healthy."""
        return Counter(
            {
                service: sum(
                    container["State"].get("Health", {}).get("Status") == "healthy"
                    for container in self.list_containers(service)
                )
                for service in services
            }
        )

    def count_targets(self) -> Counter[tuple[str, str]]:
        """How many targets answer Prometheus, by service and process."""
        question = ("wget", "-q", "-O", "-", "http://127.0.0.1:9090/api/v1/targets?state=active")
        answer = json.loads(self.run("exec", "--no-TTY", "prometheus", *question))
        return Counter(
            (target["labels"]["service"], target["labels"]["process"])
            for target in answer["data"]["activeTargets"]
            if target["health"] == "up"
        )

    def measure_memory(self) -> dict[str, float]:
        """The memory of each container, in MiB."""
        ids = self.run("ps", "--quiet").split()
        lines = run_command("docker", "stats", "--no-stream", "--format", "{{json .}}", *ids)
        rows = map(json.loads, lines.splitlines())
        return {row["Name"]: _parse_mebibytes(row["MemUsage"].split(" / ")[0]) for row in rows}


def read_stand_ins() -> dict[str, str]:
    """The stand-in base images, by the variable that names the base."""
    lines = STAND_INS.read_text().splitlines()
    return dict(line.split("=") for line in lines if "=" in line)


def run_command(*command: str, stdin: str | None = None, **variables: str) -> str:
    """What a command writes, with these variables besides. Raises `CommandFailed`."""
    outcome = subprocess.run(
        command,
        input=stdin,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_SECONDS,
        env={**ENVIRONMENT, **variables},
    )
    if outcome.returncode != 0:
        raise CommandFailed(f"{' '.join(command)}:\n{outcome.stdout}{outcome.stderr}")
    return outcome.stdout


def _parse_mebibytes(text: str) -> float:
    units = {"KiB": 1 / 1024, "MiB": 1.0, "GiB": 1024.0, "B": 1 / 1024**2}
    unit = next(unit for unit in units if text.endswith(unit))
    return float(text.removesuffix(unit)) * units[unit]
