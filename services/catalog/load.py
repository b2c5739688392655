r"""Loads the reviewed qualifications.

    python -m services.catalog.load http://127.0.0.1:8001 --approved-by "Council" \
        --protocol-number 5 --protocol-date 2026-03-01 --effective-from 2026-03-02 \
        --numbered-from 2026-03-03

Every file of `data/` is the content of a draft, as the council's table has it. Its file in
`data/versions/` says in what the second version differs, and by which source: the number in the
registry, the present names of qualification and council. Both are taken through review and approval
to publication; what is published already is left as it is, so this may be broken off anywhere and
run again. The files have no approval: whoever runs this states it.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from services.catalog.qualification.schemas import QualificationAnswer
from services.catalog.qualification.status import Status

DATA_FOLDER = Path(__file__).parent / "data"
VERSION_FOLDER = DATA_FOLDER / "versions"
PATIENCE_SECONDS = 60.0


class LoadFailed(Exception):
    """A qualification was refused, or the catalog did not answer; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Publication:
    """Who approved the qualifications, and from which civil days their two versions are in force.

    `approval` is the body of the approving step; the second version begins on a later day.
    """

    approval: Mapping[str, str]
    effective_from: str
    numbered_from: str


def load_qualifications(
    client: httpx.Client, publication: Publication, report: Callable[[str], None]
) -> None:
    """Takes both versions of every file of `data/` to publication, a line to `report` for each.

    Raises `LoadFailed`.
    """
    numbers = _list_published_numbers(client)
    for path in sorted(DATA_FOLDER.glob("*.json")):
        draft = json.loads(path.read_text())
        new_version = build_second_version(path)
        if new_version["registry_number"] in numbers:
            report(f"there already: {new_version['name']}, level {new_version['level']}")
            continue
        first_version = _post_draft(client, draft)
        _publish(client, first_version, publication, publication.effective_from, report)
        second_version = _post_version(client, first_version, new_version)
        _publish(client, second_version, publication, publication.numbered_from, report)


def build_second_version(path: Path) -> dict[str, Any]:
    """The body of the second version of a draft in `data/`."""
    draft = json.loads(path.read_text())
    difference = json.loads((VERSION_FOLDER / f"{path.stem}.2.json").read_text())
    return {
        **draft,
        **difference["members"],
        "completed_by_publisher": [*draft["completed_by_publisher"], *difference["completions"]],
        "change": difference["change"],
        "change_reason": difference["change_reason"],
    }


def _list_published_numbers(client: httpx.Client) -> set[str]:
    """The registry numbers of the versions that are published. Raises `LoadFailed`."""
    params: dict[str, str] = {"status": Status.PUBLISHED, "limit": "200"}
    numbers: set[str] = set()
    while True:
        answer = _send(client, "GET", "/v1/qualifications", params=params)
        _check_success(answer)
        page = answer.json()
        numbers |= {item["registry_number"] for item in page["items"]}
        if page["next"] is None:
            return numbers
        params = {**params, "cursor": page["next"]}


def _publish(
    client: httpx.Client,
    version: QualificationAnswer,
    publication: Publication,
    effective_from: str,
    report: Callable[[str], None],
) -> None:
    """Takes a version to publication, from whatever status it is in. Raises `LoadFailed`."""
    steps: dict[Status, tuple[str, Mapping[str, str] | None]] = {
        Status.DRAFT: ("submit", None),
        Status.UNDER_REVIEW: ("approve", publication.approval),
        Status.APPROVED: ("publish", {"effective_from": effective_from}),
    }
    outcome = "there already"
    while version.status in steps:
        step, step_body = steps[version.status]
        version = _take_step(client, version, step, step_body)
        outcome = version.status.value
    report(f"{outcome}: {version.name}, level {version.level}, version {version.version}")


def _post_draft(client: httpx.Client, draft: Mapping[str, Any]) -> QualificationAnswer:
    """Posts a draft, or gets the one that the catalog has already.

    Returns its version as answered. Raises `LoadFailed`.
    """
    answer = _send(client, "POST", "/v1/qualifications", json=draft)
    if answer.status_code == httpx.codes.CONFLICT and "existing" in answer.json():
        answer = _send(client, "GET", f"/v1/qualifications/{answer.json()['existing']}")
    return _require_success(answer)


def _post_version(
    client: httpx.Client, first_version: QualificationAnswer, new_version: Mapping[str, Any]
) -> QualificationAnswer:
    """Posts the second version, or gets the one that is on its way. Raises `LoadFailed`."""
    path = f"/v1/qualifications/{first_version.id}/versions"
    answer = _send(client, "POST", path, json=new_version)
    if answer.status_code == httpx.codes.CONFLICT and "version" in answer.json():
        answer = _send(client, "GET", f"{path}/{answer.json()['version']}")
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
    _check_success(answer)
    return QualificationAnswer.model_validate_json(answer.content)


def _check_success(answer: httpx.Response) -> None:
    """Raises `LoadFailed` for an error."""
    if answer.is_error:
        raise LoadFailed(f"{answer.request.method} {answer.request.url.path}: {answer.text}")


def _parse_arguments() -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser(description="Loads and publishes the reviewed qualifications.")
    parser.add_argument("url", help="of the catalog, e.g. http://127.0.0.1:8001")
    parser.add_argument("--approved-by", required=True)
    parser.add_argument("--protocol-number", required=True)
    parser.add_argument("--protocol-date", required=True, help="2026-03-02")
    parser.add_argument("--effective-from", required=True, help="of the first versions")
    parser.add_argument(
        "--numbered-from", required=True, help="of the second ones: a later day, not a past one"
    )
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
                catalog,
                Publication(approval, arguments.effective_from, arguments.numbered_from),
                lambda line: print(line, flush=True),
            )
        except LoadFailed as failure:
            sys.exit(str(failure))
