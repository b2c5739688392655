"""Calls of the services' public API, which survive that a process dies and comes back."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

Json = dict[str, Any]
ResultT = TypeVar("ResultT")

WAIT_SECONDS = 120.0


class StoryFailed(Exception):
    """A step of the demo did not go as expected; says which, and what was answered."""


@dataclass(frozen=True, slots=True)
class Services:
    """HTTP clients of the three services."""

    catalog: httpx.Client
    applications: httpx.Client
    certificates: httpx.Client


@contextlib.contextmanager
def open_services(base_url: Callable[[str], str], token: str) -> Iterator[Services]:
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


def wait_for(probe: Callable[[], ResultT | None], subject: str) -> ResultT:
    """The first result of `probe` that is not None.

    Raises `StoryFailed`, naming the subject, after `WAIT_SECONDS`.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        result = probe()
        if result is not None:
            return result
        time.sleep(0.1)
    raise StoryFailed(f"waited {WAIT_SECONDS:g} s in vain for {subject}")


def call(client: httpx.Client, method: str, path: str, **options: Any) -> Json:
    """Sends a request; the body of its answer. Raises `StoryFailed` when it is refused."""
    return successful_body(send_until_answered(client, method, path, **options))


def send_until_answered(
    client: httpx.Client, method: str, path: str, **options: Any
) -> httpx.Response:
    """Sends until a service answers: a process that was killed comes back.

    Raises `StoryFailed` when none answers in time.
    """

    def send_once() -> httpx.Response | None:
        try:
            response = client.request(method, path, **options)
        except httpx.TransportError:
            return None
        return None if response.status_code == httpx.codes.SERVICE_UNAVAILABLE else response

    return wait_for(send_once, f"an answer to {method} {path}")


def successful_body(response: httpx.Response) -> Json:
    """The answer's body. Raises `StoryFailed` when it is a refusal."""
    if response.is_error:
        raise StoryFailed(f"{response.request.method} {response.request.url}: {response.text}")
    body: Json = response.json()
    return body
