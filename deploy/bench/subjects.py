"""What is measured: the questions that are asked of the peer and of the service alike."""

import json
import random
from dataclasses import dataclass

from deploy.bench.load import build_request

CERTIFICATE_COUNT = 100_000
BATCH_ROWS = 1_000
BATCHES = 24
SINGLE_QUESTIONS = 4_000


@dataclass(frozen=True)
class Subject:
    """A measured question: the requests that ask it of the peer and of the service."""

    name: str
    rows: int
    peer_requests: list[bytes]
    service_requests: list[bytes]


def build_subjects(token: str) -> list[Subject]:
    """The questions, the same each time; `token` is that of an employer."""
    generator = random.Random(1)  # noqa: S311 - the same questions each time
    numbers = [
        f"07.01000.01.{generator.randint(1, CERTIFICATE_COUNT):08d}.29"
        for _ in range(SINGLE_QUESTIONS)
    ]
    headers = {"Authorization": f"Bearer {token}"}
    queries = [f"number={number}&issued_on=2026-03-02" for number in numbers]
    bodies = []
    for _ in range(BATCHES):
        rows = [
            {"number": sampled_number, "issued_on": "2026-03-02"}
            for sampled_number in generator.sample(numbers, BATCH_ROWS)
        ]
        bodies.append(json.dumps(rows).encode())
    json_headers = {**headers, "Content-Type": "application/json"}
    return [
        Subject(
            "verify one",
            1,
            [build_request(f"/one?{query}", {}) for query in queries],
            [build_request(f"/v1/verification?{query}", headers) for query in queries],
        ),
        Subject(
            f"verify {BATCH_ROWS:,}",
            BATCH_ROWS,
            [build_request("/many", json_headers, body) for body in bodies],
            [build_request("/v1/verification/many", json_headers, body) for body in bodies],
        ),
    ]
