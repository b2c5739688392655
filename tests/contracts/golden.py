"""Writes the golden records anew: `python -m tests.contracts.golden`.

A golden record is an event as it once travelled. It must be read for ever, so it only ever gets
longer: the command refuses to write one from which something is gone or in which it has changed.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.events.asyncapi import build_example_headers
from shared.events.base import Event
from shared.events.examples import EXAMPLES

FOLDER = Path(__file__).parent / "golden"
Record = dict[str, Any]


def build_record(event: Event) -> Record:
    """An event as it travels: headers and payload."""
    payload = json.loads(event.model_dump_json())
    return {"headers": build_example_headers(event), "payload": payload}


def path(event_type: str) -> Path:
    """Where the golden record of a type is."""
    return FOLDER / f"{event_type}.json"


def read_record(event_type: str) -> Record:
    """The golden record of a type; raises `FileNotFoundError` where there is none."""
    record: Record = json.loads(path(event_type).read_text("utf-8"))
    return record


def list_losses(old: Any, new: Any, place: str = "") -> Iterator[str]:
    """What of an old record is not in a new one, or stands there differently."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name, value in old.items():
            if name in new:
                yield from list_losses(value, new[name], f"{place}/{name}")
            else:
                yield f"{place}/{name} is gone"
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from list_losses(before, after, f"{place}/{index}")
    elif old != new:
        yield f"{place}: {old!r} became {new!r}"


def main() -> None:
    """Writes every record that is new or has got longer; raises `SystemExit` for the others."""
    for event in EXAMPLES:
        file, record = path(event.TYPE), build_record(event)
        losses = list(list_losses(read_record(event.TYPE), record)) if file.exists() else []
        if losses:
            raise SystemExit(f"{event.TYPE} could not be read any more: {'; '.join(losses)}")
        file.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", "utf-8")
        sys.stdout.write(f"{file.name}\n")


if __name__ == "__main__":
    main()
