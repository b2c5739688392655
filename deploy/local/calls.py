"""Calls of the services' public API, which go on when a process dies and comes back."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

Json = dict[str, Any]
Found = TypeVar("Found")

PATIENCE_SECONDS = 120.0


class StoryFailed(Exception):
    """A scene did not go as it should; says which, and what was answered."""


@dataclass(frozen=True, slots=True)
class Services:
    """Clients of the three services."""

    catalog: httpx.Client
    applications: httpx.Client
    certificates: httpx.Client


@contextlib.contextmanager
def services_at(base_url: Callable[[str], str], token: str) -> Iterator[Services]:
    """Clients of the services at these addresses with this token, closed at the end."""
    with contextlib.ExitStack() as open_clients:
        yield Services(
            *(
                open_clients.enter_context(
                    httpx.Client(
                        base_url=base_url(name),
                        headers={"Authorization": f"Bearer {token}"},
                        timeout=30,
                        trust_env=False,
                    )
                )
                for name in ("catalog", "applications", "certificates")
            )
        )


def wait_for(probe: Callable[[], Found | None], what: str) -> Found:
    """The first answer that is not None. Raises `StoryFailed`, naming what did not happen."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = probe()
        if found is not None:
            return found
        time.sleep(0.1)
    raise StoryFailed(f"waited {PATIENCE_SECONDS:g} s in vain for {what}")


def ask(client: httpx.Client, method: str, path: str, **options: Any) -> Json:
    """What is answered. Raises `StoryFailed` when it is refused."""
    return good(send(client, method, path, **options))


def send(client: httpx.Client, method: str, path: str, **options: Any) -> httpx.Response:
    """Sends until something answers: a process that was killed comes back."""

    def attempt() -> httpx.Response | None:
        try:
            answer = client.request(method, path, **options)
        except httpx.TransportError:
            return None
        return None if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else answer

    return wait_for(attempt, f"an answer to {method} {path}")


def good(answer: httpx.Response) -> Json:
    """The answer's body. Raises `StoryFailed` when it is a refusal."""
    if answer.is_error:
        raise StoryFailed(f"{answer.request.method} {answer.request.url}: {answer.text}")
    found: Json = answer.json()
    return found
