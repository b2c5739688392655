r"""Loads the reviewed qualifications.

    python -m services.catalog.load http://127.0.0.1:8001 --approved-by "Council" \
        --protocol-number 5 --protocol-date 2026-03-02 --effective-from 2026-03-02

Every file of `data/` is the content of a draft. Each is posted and taken through review and
approval to publication; a qualification that is published already is left as it is, so this may be
broken off anywhere and run again. The files have no approval: whoever runs this states it.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from services.catalog.qualification.schemas import QualificationAnswer
from services.catalog.qualification.status import Status

DATA_FOLDER = Path(__file__).parent / "data"
PATIENCE_SECONDS = 60.0
JSON_TYPE = {"Content-Type": "application/json"}


class LoadFailed(Exception):
    """A qualification was refused, or the catalog did not answer; the text says which and why."""


def load_qualifications(
    client: httpx.Client,
    approval: Mapping[str, str],
    effective_from: str,
    report: Callable[[str], None],
) -> None:
    """Takes every file of `data/` to publication, with a line to `report` for each.

    `approval` is the body of the approving step. Raises `LoadFailed`.
    """
    steps: dict[Status, tuple[str, Mapping[str, str] | None]] = {
        Status.DRAFT: ("submit", None),
        Status.UNDER_REVIEW: ("approve", approval),
        Status.APPROVED: ("publish", {"effective_from": effective_from}),
    }
    for path in sorted(DATA_FOLDER.glob("*.json")):
        version = _post_draft(client, path.read_bytes())
        outcome = "there already"
        while version.status in steps:
            step, step_body = steps[version.status]
            version = _take_step(client, version, step, step_body)
            outcome = version.status.value
        report(f"{outcome}: {version.name}, level {version.level}")


def _post_draft(client: httpx.Client, body: bytes) -> QualificationAnswer:
    """Posts a draft, or gets the one that the catalog has already.

    Returns its version as answered. Raises `LoadFailed`.
    """
    answer = _send(client, "POST", "/v1/qualifications", content=body, headers=JSON_TYPE)
    if answer.status_code == httpx.codes.CONFLICT and "existing" in answer.json():
        answer = _send(client, "GET", f"/v1/qualifications/{answer.json()['existing']}")
    return _require_success(answer)


def _take_step(
    client: httpx.Client, version: QualificationAnswer, step: str, body: Mapping[str, str] | None
) -> QualificationAnswer:
    """Takes a version one step on and returns it as it is then. Raises `LoadFailed`."""
    path = f"/v1/qualifications/{version.id}/versions/{version.version}"
    answer = _send(client, "POST", f"{path}/{step}", json=body)
    if answer.status_code == httpx.codes.CONFLICT and "current_status" in answer.json():
        # Sent again after a lost answer, a step may find that it was done.
        answer = _send(client, "GET", path)
    return _require_success(answer)


def _send(client: httpx.Client, method: str, path: str, **options: Any) -> httpx.Response:
    """Sends until the catalog answers: it may still be starting, or be started again.

    Raises `LoadFailed` after `PATIENCE_SECONDS`.
    """
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


def _require_success(answer: httpx.Response) -> QualificationAnswer:
    """The version that was answered. Raises `LoadFailed` for an error."""
    if answer.is_error:
        raise LoadFailed(f"{answer.request.method} {answer.request.url.path}: {answer.text}")
    return QualificationAnswer.model_validate_json(answer.content)


def _parse_arguments() -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser(description="Loads and publishes the reviewed qualifications.")
    parser.add_argument("url", help="of the catalog, e.g. http://127.0.0.1:8001")
    parser.add_argument("--approved-by", required=True)
    parser.add_argument("--protocol-number", required=True)
    parser.add_argument("--protocol-date", required=True, help="2026-03-02")
    parser.add_argument("--effective-from", required=True, help="2026-03-02")
    return parser.parse_args()


if __name__ == "__main__":
    arguments = _parse_arguments()
    approval = {
        name: getattr(arguments, name)
        for name in ("approved_by", "protocol_number", "protocol_date")
    }
    # Not among the arguments: those are seen by every user of the machine.
    bearer = {"Authorization": f"Bearer {os.environ.get('ATTESTA_TOKEN', '')}"}
    with httpx.Client(base_url=arguments.url, timeout=30, headers=bearer) as catalog:
        try:
            load_qualifications(
                catalog, approval, arguments.effective_from, lambda line: print(line, flush=True)
            )
        except LoadFailed as failure:
            sys.exit(str(failure))
