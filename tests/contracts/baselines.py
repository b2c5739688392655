"""Compares the documents with those that were published: `python -m tests.contracts.baselines`.

Without an option it names every breaking change, and fails if one is not accepted. To accept one on
purpose, write it with its reason into `baselines/accepted.json`. At a release, `--publish` makes
the documents of now the published ones, unless something is not accepted; `--start` does so in any
case, as long as nobody has read them.
"""

import json
import sys
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from deploy.clients.documents import build_documents
from shared.events import document as events_document
from tests.contracts.compatibility.documents import render, strip_annotations
from tests.contracts.compatibility.messages import compare_asyncapi
from tests.contracts.compatibility.operations import compare_openapi

FOLDER = Path(__file__).parent / "baselines"
ACCEPTED_FILE = FOLDER / "accepted.json"
EVENTS = "events"
SERVICES = ("applications", "catalog", "certificates")
Document = dict[str, Any]


_build_service_documents = cache(build_documents)


def _build_service_document(service: str) -> Document:
    return _build_service_documents()[service]


BUILDERS: Mapping[str, Callable[[], Document]] = {
    **{name: partial(_build_service_document, name) for name in SERVICES},
    EVENTS: events_document.build_document,
}


@cache
def build_contract(name: str) -> Document:
    """The document of a service, or of `events`, without annotations."""
    return strip_annotations(BUILDERS[name]())


def baseline_file(name: str) -> Path:
    """Where the published document is kept."""
    return FOLDER / f"{name}.json"


def read_baseline(name: str) -> Document:
    """The published document of this name."""
    document: Document = json.loads(baseline_file(name).read_text("utf-8"))
    return document


def list_breaking_changes(name: str) -> list[str]:
    """What breaks those who rely on the published document of this name."""
    compare = compare_asyncapi if name == EVENTS else compare_openapi
    changes = compare(read_baseline(name), build_contract(name))
    return [f"{name}: {change}" for change in changes]


def read_accepted() -> dict[str, str]:
    """The breaking changes that are made on purpose, with the reason of each."""
    reasons: dict[str, str] = json.loads(ACCEPTED_FILE.read_text("utf-8"))
    return reasons


def publish() -> None:
    """Makes the documents of now the published ones; nothing needs to be accepted any more."""
    FOLDER.mkdir(exist_ok=True)
    for name in BUILDERS:
        baseline_file(name).write_text(render(build_contract(name)) + "\n", "utf-8")
    ACCEPTED_FILE.write_text("{}\n", "utf-8")


def main(arguments: list[str]) -> None:
    """Compares, or publishes; raises `SystemExit` for what is not accepted."""
    if arguments == ["--start"]:
        publish()
        return
    reasons = read_accepted()
    changes = [change for name in BUILDERS for change in list_breaking_changes(name)]
    for change in changes:
        sys.stdout.write(f"{change} — {reasons.get(change, 'NOT ACCEPTED')}\n")
    if not reasons.keys() >= {*changes}:
        raise SystemExit("would break clients: see above")
    if arguments == ["--publish"]:
        publish()


if __name__ == "__main__":
    main(sys.argv[1:])
