"""A profile of requests: the service in this process, without sockets."""

import cProfile
import pstats
from typing import Any
from urllib.parse import urlsplit

from deploy.bench.subjects import Subject
from services.certificates.main import create

TOTAL_ROWS = 30_000
"""Certificates asked for in all, of each subject."""
PRINTED_LINES = 30


async def print_profiles(subjects: list[Subject]) -> None:
    """Prints, for each subject, the functions in which the service spends its time."""
    app = create()
    async with app.router.lifespan_context(app):
        for subject in subjects:
            count = min(3_000, TOTAL_ROWS // subject.rows)
            await _send_request(app, subject.service_requests[0])
            profiler = cProfile.Profile()
            profiler.enable()
            for index in range(count):
                await _send_request(
                    app, subject.service_requests[index % len(subject.service_requests)]
                )
            profiler.disable()
            print(f"{subject.name}: {count} requests")
            pstats.Stats(profiler).sort_stats("tottime").print_stats(PRINTED_LINES)


async def _send_request(app: Any, request: bytes) -> None:
    head, _, body = request.partition(b"\r\n\r\n")
    request_line, *lines = head.decode().split("\r\n")
    method, target, _ = request_line.split(" ")
    address = urlsplit(target)
    header_pairs = (line.split(": ", 1) for line in lines)
    headers = [(name.lower().encode(), value.encode()) for name, value in header_pairs]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": address.path,
        "raw_path": address.path.encode(),
        "query_string": address.query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "state": {},
    }

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start" and message["status"] != 200:  # noqa: PLR2004
            raise RuntimeError(str(message))

    await app(scope, receive, send)
