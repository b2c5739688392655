"""`python -m deploy.bench [--profile]`: what verification costs beside its peer, in one run."""

import argparse
import asyncio
import contextlib
import json
import os
import random
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
from deploy.bench.load import drive, request
from deploy.local import postgres
from deploy.local.issuer import Secrets
from deploy.local.ports import HOST, Ports
from deploy.local.settings import PROJECT

CERTIFICATES = 100_000
ROUNDS = 5
SECONDS = 3.0
MANY = 1_000
TARGET = 0.8

SEED = """
    INSERT INTO certificate (id, number, application_id, holder, qualification_id,
        qualification_version, qualification, centre, decided_on, decision_protocol, issued_on,
        valid_until, ends_on, generation, revision, issued_at)
    SELECT gen_random_uuid(), '07.01000.01.' || lpad(n::text, 8, '0') || '.29', gen_random_uuid(),
        '{"family_name": "Белова", "given_name": "Анна", "patronymic": null}', gen_random_uuid(), 1,
        '{"name": "Оператор контактного центра", "level": 3, "council": "Совет", "registry_number":
        "07.01000.01", "labour_functions": []}', '{"number": "78.041", "name": "ЦОК"}',
        DATE '2026-03-01', 'С-1', DATE '2026-03-02', DATE '2029-03-02', DATE '2029-03-02', 0, 0,
        now()
    FROM generate_series(1, $1::int) n
"""


@dataclass(frozen=True)
class Subject:
    """What is measured: requests to the peer and to the service that ask the same."""

    name: str
    rows: int
    peer: list[bytes]
    ours: list[bytes]


def main() -> None:
    """Prints the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", action="store_true", help="also tell where the time goes")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as ending:
        folder = Path(name)
        folder.chmod(0o755)
        print(f"PostgreSQL with {CERTIFICATES:,} certificates ...", flush=True)
        url = ending.enter_context(postgres.temporary_server(folder / "postgres"))
        token = _environment(folder, url)
        _migrate()
        asyncio.run(_seed(url))
        if wanted.profile:
            asyncio.run(profile.tell(_subjects(token)))
            return
        peer = ending.enter_context(_served("deploy.bench.peer:create", "/one"))
        ours = ending.enter_context(_served("services.certificates.main:create", "/health/live"))
        for subject in _subjects(token):
            _measure(subject, peer, ours)


def _environment(folder: Path, url: str) -> str:
    """Sets what both applications read; the token of an employer's portal."""
    keys = Secrets(folder / "secrets")
    published = folder / "jwks.json"
    published.write_text(json.dumps(KeySet([keys.signing]).as_dict(private=False)))
    os.environ |= {
        "ATTESTA_CERTIFICATES_DATABASE_URL": url,
        "ATTESTA_CERTIFICATES_SIGNING_KEYS": keys.statements,
        "ATTESTA_AUTH_JWKS_URL": published.as_uri(),
        "ATTESTA_AUTH_ISSUER": "http://bench",
        "ATTESTA_CERTIFICATES_CLIENT_RATE": "1000000000/minute",
    }
    return keys.token("employer", "http://bench")


def _migrate() -> None:
    command.upgrade(Config(str(PROJECT / "alembic.ini"), ini_section="certificates"), "head")


async def _seed(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(SEED, CERTIFICATES, timeout=300)
    await connection.execute("VACUUM ANALYZE certificate")
    await connection.close()


def _subjects(token: str) -> list[Subject]:
    chance = random.Random(1)  # noqa: S311 - the same questions each time
    numbers = [f"07.01000.01.{chance.randint(1, CERTIFICATES):08d}.29" for _ in range(4000)]
    headers = {"Authorization": f"Bearer {token}"}
    asked = [f"number={number}&issued_on=2026-03-02" for number in numbers]
    bodies = []
    for _ in range(24):
        rows = [
            {"number": each, "issued_on": "2026-03-02"} for each in chance.sample(numbers, MANY)
        ]
        bodies.append(json.dumps(rows).encode())
    send = {**headers, "Content-Type": "application/json"}
    return [
        Subject(
            "verify one",
            1,
            [request(f"/one?{query}", {}) for query in asked],
            [request(f"/v1/verification?{query}", headers) for query in asked],
        ),
        Subject(
            f"verify {MANY:,}",
            MANY,
            [request("/many", send, body) for body in bodies],
            [request("/v1/verification/many", send, body) for body in bodies],
        ),
    ]


@dataclass(frozen=True)
class Server:
    """A server under load, and its process."""

    port: int
    process: psutil.Process


@contextlib.contextmanager
def _served(application: str, ready: str) -> Iterator[Server]:
    port = Ports.unused().catalog
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
            _wait(lambda: httpx.get(f"http://{HOST}:{port}{ready}").status_code > 0)
            yield Server(port, psutil.Process(process.pid))
        finally:
            process.terminate()


def _wait(answers: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if answers():
                return
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def _measure(subject: Subject, peer: Server, ours: Server) -> None:
    """Both in turn, several times: what else the machine does hits both alike."""
    rates: list[tuple[float, float]] = []
    costs: list[tuple[float, float]] = []
    for round_number in range(ROUNDS + 1):
        told = [_round(peer, subject.peer), _round(ours, subject.ours)]
        if round_number:  # the first one warms up
            rates.append((told[0][0], told[1][0]))
            costs.append((told[0][1], told[1][1]))
    ratio = statistics.median(mine / theirs for theirs, mine in rates)
    work = statistics.median(theirs / mine for theirs, mine in costs)
    spread = [mine / theirs for theirs, mine in rates]
    print(
        f"{subject.name}: ratio {ratio:.2f} ({min(spread):.2f}-{max(spread):.2f}), target {TARGET}"
        f" | by the server's own CPU time {work:.2f}"
        f" | {statistics.median(m for _, m in rates):,.0f} requests/s,"
        f" peer {statistics.median(t for t, _ in rates):,.0f}",
        flush=True,
    )


def _round(server: Server, requests: list[bytes]) -> tuple[float, float]:
    """Requests a second, and the server's CPU seconds for each."""
    before = sum(server.process.cpu_times()[:2])
    rate = asyncio.run(drive(HOST, server.port, requests, SECONDS))
    return rate, (sum(server.process.cpu_times()[:2]) - before) / (rate * SECONDS)


if __name__ == "__main__":
    main()
