"""Loads the reviewed qualifications: `python -m services.catalog.load http://127.0.0.1:8001`.

Every file of `data/` is the body of a draft. Each is posted and published; what is there already is
left as it is, so this may be broken off anywhere and run again.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

DATA = Path(__file__).parent / "data"
PATIENCE_SECONDS = 60.0


class LoadFailed(Exception):
    """A qualification was refused, or the catalog did not answer; says which and why."""


def load(client: httpx.Client, tell: Callable[[str], None]) -> None:
    """Drafts and publishes every file of `data/`. Raises `LoadFailed`."""
    for path in sorted(DATA.glob("*.json")):
        body = json.loads(path.read_text())
        qualification = _drafted(client, body)
        if qualification["status"] == "draft":
            _good(_send(client, "POST", f"/v1/qualifications/{qualification['id']}/publish"))
            tell(f"published: {body['name']}, level {body['level']}")
        else:
            tell(f"there already: {body['name']}, level {body['level']}")


def _drafted(client: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
    answer = _send(client, "POST", "/v1/qualifications", json=body)
    if answer.status_code == httpx.codes.CONFLICT and "existing" in answer.json():
        answer = _send(client, "GET", f"/v1/qualifications/{answer.json()['existing']}")
    return _good(answer)


def _send(client: httpx.Client, method: str, path: str, **options: Any) -> httpx.Response:
    """Sends until the catalog answers: it may still be starting, or be started again."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            answer = client.request(method, path, **options)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer
            problem = answer.text
        except httpx.TransportError as error:
            problem = f"{type(error).__name__}: {error}"
        if time.monotonic() > deadline:
            raise LoadFailed(f"no answer to {method} {path}: {problem}")
        time.sleep(0.2)


def _good(answer: httpx.Response) -> dict[str, Any]:
    # Sent again after a lost answer, a publication may find that it was done.
    done = (
        answer.status_code == httpx.codes.CONFLICT
        and answer.json().get("current_status") == "published"
    )
    if answer.is_error and not done:
        raise LoadFailed(f"{answer.request.method} {answer.request.url.path}: {answer.text}")
    found: dict[str, Any] = answer.json()
    return found


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and one address
        sys.exit("usage: python -m services.catalog.load http://HOST:PORT")
    with httpx.Client(base_url=sys.argv[1], timeout=30) as catalog:
        try:
            load(catalog, lambda words: print(words, flush=True))
        except LoadFailed as failure:
            sys.exit(str(failure))
