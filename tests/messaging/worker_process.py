"""The catalog's worker in a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.local.ports import HOST
from services.catalog.settings import CatalogSettings
from tests.ports import reserve_ports
from tests.serving import WIRE_SECONDS


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker in a process of its own, a client of its health port, and its log."""

    process: subprocess.Popen[bytes]
    client: httpx.AsyncClient
    log: Path


def _start(
    settings: CatalogSettings, log_path: Path, port: int, variables: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "ATTESTA_CATALOG_DATABASE_URL": settings.database_url.get_secret_value(),
        "ATTESTA_KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "ATTESTA_KAFKA_IDEMPOTENT_PRODUCER": str(settings.kafka_idempotent_producer),
        "ATTESTA_KAFKA_TOPIC_PREFIX": settings.kafka_topic_prefix,
        "ATTESTA_RELAY_POLL_SECONDS": "0.2",
        "ATTESTA_HEALTH_HOST": HOST,
        "ATTESTA_HEALTH_PORT": str(port),
        **variables,
    }
    with log_path.open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "services.catalog.worker"],
            env=environment,
            stdout=log,
            stderr=log,
        )


@asynccontextmanager
async def running_worker(
    settings: CatalogSettings, folder: Path, **variables: str
) -> AsyncIterator[Worker]:
    """A worker of the catalog; `variables` are its further settings."""
    port = reserve_ports().catalog_worker
    log_path = folder / f"worker-{port}.log"
    process = _start(settings, log_path, port, variables)
    address = f"http://{HOST}:{port}"
    try:
        async with httpx.AsyncClient(base_url=address, timeout=WIRE_SECONDS) as client:
            yield Worker(process, client, log_path)
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()
