"""`python -m deploy.bench`: the cost of verification and of validity beside bare peers.

`--profile` also tells where the time of verification goes. `--certificates 10000000` measures
validity on so many as well, and nothing else: it takes a gigabyte of disk for each half million.
`--events` measures the event path alone.
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import psutil
from alembic import command
from alembic.config import Config
from joserfc.jwk import KeySet

from deploy.bench import profile
from deploy.bench.events import run_event_benchmark
from deploy.bench.load import measure_rate
from deploy.bench.subjects import CERTIFICATE_COUNT, Subject, build_subjects
from deploy.bench.validity import run_validity_benchmark
from deploy.local import broker, postgres
from deploy.local.issuer import StackSecrets
from deploy.local.ports import HOST, Ports
from deploy.local.settings import PROJECT
from services.certificates.settings import CertificatesSettings

ROUNDS = 5
ROUND_SECONDS = 3.0
TARGET_RATIO = 0.8
CERTIFICATES_IN_VALIDITY = 500_000
SERVER_OPTIONS = {"shared_buffers": "1GB", "max_wal_size": "8GB"}

INSERT_CERTIFICATES = """
    INSERT INTO certificate (id, number, application_id, holder, qualification_id,
        qualification_version, qualification, centre, decided_on, decision_protocol, issued_on,
        valid_until, ends_on, generation, revision, issued_at, planned_from)
    SELECT gen_random_uuid(), '07.01000.01.' || lpad(n::text, 8, '0') || '.29', gen_random_uuid(),
        '{"family_name": "Белова", "given_name": "Анна", "patronymic": null}', gen_random_uuid(), 1,
        '{"name": "Оператор контактного центра", "level": 3, "council": "Совет", "registry_number":
        "07.01000.01", "labour_functions": []}', '{"number": "78.041", "name": "ЦОК"}',
        DATE '2026-03-01', 'С-1', DATE '2026-03-02', DATE '2029-03-02', DATE '2029-03-02', 0, 0,
        now(), DATE '2026-03-02'
    FROM generate_series(1, $1::int) n
"""


def run_benchmark() -> None:
    """Prints the ratios of the service's rates to the peer's, or the profile."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--profile", action="store_true", help="also tell where the time goes")
    parser.add_argument("--certificates", type=int, help="measure validity on so many as well")
    parser.add_argument("--events", action="store_true", help="measure the event path alone")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder_name, contextlib.ExitStack() as exit_stack:
        folder = Path(folder_name)
        folder.chmod(0o755)
        server = postgres.temporary_server(folder / "postgres", options=SERVER_OPTIONS)
        url = exit_stack.enter_context(server)
        token = _set_environment(folder, url)
        if arguments.certificates:
            for certificate_count in (CERTIFICATES_IN_VALIDITY, arguments.certificates):
                _measure_validity(url, certificate_count)
            return
        if arguments.events:
            _measure_events(folder)
            return
        _migrate_database()
        print(f"PostgreSQL with {CERTIFICATE_COUNT:,} certificates ...", flush=True)
        asyncio.run(_insert_certificates(url))
        if arguments.profile:
            asyncio.run(profile.print_profiles(build_subjects(token)))
            return
        peer = exit_stack.enter_context(_run_server("deploy.bench.peer:create", "/one"))
        service = exit_stack.enter_context(
            _run_server("services.certificates.main:create", "/health/live")
        )
        for subject in build_subjects(token):
            _measure_subject(subject, peer, service)
        _measure_validity(url, CERTIFICATES_IN_VALIDITY)
        _measure_events(folder)


def _measure_validity(url: str, certificate_count: int) -> None:
    """Measures on a database of its own, which does not outlive it."""
    name = f"validity_{certificate_count}"
    asyncio.run(_run_statement(url, f"CREATE DATABASE {name}"))
    database_url = url.replace("/postgres?", f"/{name}?")
    os.environ["ATTESTA_CERTIFICATES_DATABASE_URL"] = database_url
    _migrate_database()
    run_validity_benchmark(CertificatesSettings(), certificate_count)
    asyncio.run(_run_statement(url, f"DROP DATABASE {name}"))


def _measure_events(folder: Path) -> None:
    """Measures on the migrated database that was set last, and a broker of its own."""
    _migrate_database()
    with broker.temporary_broker("embedded", folder) as bootstrap_servers:
        settings = CertificatesSettings(
            kafka_bootstrap_servers=bootstrap_servers, kafka_idempotent_producer=False
        )
        run_event_benchmark(settings)


async def _run_statement(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


def _set_environment(folder: Path, url: str) -> str:
    """Sets the variables that both applications read; returns the token of an employer."""
    keys = StackSecrets(folder / "secrets")
    jwks_file = folder / "jwks.json"
    jwks_file.write_text(json.dumps(KeySet([keys.signing_key]).as_dict(private=False)))
    os.environ |= {
        "ATTESTA_CERTIFICATES_DATABASE_URL": url,
        "ATTESTA_CERTIFICATES_SIGNING_KEYS": keys.evidence_keys,
        "ATTESTA_CERTIFICATES_DATA_KEYS": keys.webhook_key,
        "ATTESTA_AUTH_JWKS_URL": jwks_file.as_uri(),
        "ATTESTA_AUTH_ISSUER": "http://bench",
        "ATTESTA_CERTIFICATES_CLIENT_RATE": "1000000000/minute",
    }
    return keys.issue_token("employer", "http://bench")


def _migrate_database() -> None:
    command.upgrade(Config(str(PROJECT / "alembic.ini"), ini_section="certificates"), "head")


async def _insert_certificates(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(INSERT_CERTIFICATES, CERTIFICATE_COUNT, timeout=300)
    await connection.execute("VACUUM ANALYZE certificate")
    await connection.close()


@dataclass(frozen=True)
class MeasuredServer:
    """A server under load, and its process."""

    port: int
    process: psutil.Process


@contextlib.contextmanager
def _run_server(application: str, readiness_path: str) -> Iterator[MeasuredServer]:
    port = Ports.find_unused().catalog
    arguments = ["--factory", application, "--host", HOST, "--port", str(port), "--no-access-log"]
    with (
        tempfile.TemporaryFile() as log,  # the service's access log is written, as it would be
        subprocess.Popen(
            [sys.executable, "-m", "uvicorn", *arguments, "--log-level", "error"],
            stdout=log,
            stderr=log,
            cwd=PROJECT,
        ) as process,
    ):
        try:
            _wait_until_ready(
                lambda: httpx.get(f"http://{HOST}:{port}{readiness_path}").status_code > 0
            )
            yield MeasuredServer(port, psutil.Process(process.pid))
        finally:
            process.terminate()


def _wait_until_ready(is_ready: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if is_ready():
                return
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def _measure_subject(subject: Subject, peer: MeasuredServer, service: MeasuredServer) -> None:
    """Measures both in turn, several times, so that other load on the machine hits both alike."""
    rates: list[tuple[float, float]] = []
    costs: list[tuple[float, float]] = []
    for round_number in range(ROUNDS + 1):
        results = [
            _measure_round(peer, subject.peer_requests),
            _measure_round(service, subject.service_requests),
        ]
        if round_number:  # the first one warms up
            rates.append((results[0][0], results[1][0]))
            costs.append((results[0][1], results[1][1]))
    ratio = statistics.median(service_value / peer_value for peer_value, service_value in rates)
    cost_ratio = statistics.median(
        peer_value / service_value for peer_value, service_value in costs
    )
    ratios = [service_value / peer_value for peer_value, service_value in rates]
    print(
        f"{subject.name}: ratio {ratio:.2f} ({min(ratios):.2f}-{max(ratios):.2f}),"
        f" target {TARGET_RATIO}"
        f" | by the server's own CPU time {cost_ratio:.2f}"
        f" | {statistics.median(service_rate for _, service_rate in rates):,.0f} requests/s,"
        f" peer {statistics.median(peer_rate for peer_rate, _ in rates):,.0f}",
        flush=True,
    )


def _measure_round(server: MeasuredServer, requests: list[bytes]) -> tuple[float, float]:
    """Requests a second, and the server's CPU seconds for each."""
    cpu_seconds = sum(server.process.cpu_times()[:2])
    rate = asyncio.run(measure_rate(HOST, server.port, requests, ROUND_SECONDS))
    return rate, (sum(server.process.cpu_times()[:2]) - cpu_seconds) / (rate * ROUND_SECONDS)


if __name__ == "__main__":
    run_benchmark()
