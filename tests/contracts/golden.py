"""Writes the golden files anew: `python -m tests.contracts.golden`.

To be run when a new event or an optional member was added, never to quiet a breaking change: that
asks for a new version of the event.
"""

import json
from pathlib import Path
from typing import Any

from shared.events import Event
from tests.contracts.compatibility import breaking_changes
from tests.contracts.examples import EXAMPLES

FOLDER = Path(__file__).parent / "golden"


def golden(event: Event) -> dict[str, Any]:
    """What is held of an event: its full example, and its schema."""
    return {
        "payload": json.loads(event.model_dump_json()),
        "schema": type(event).model_json_schema(mode="validation"),
    }


def path(event_type: str) -> Path:
    """Where the golden file of a type is."""
    return FOLDER / f"{event_type}.json"


def main() -> None:
    """Writes every file that is not there or differs compatibly; refuses the others."""
    FOLDER.mkdir(exist_ok=True)
    for event in EXAMPLES:
        file, new = path(event.TYPE), golden(event)
        if file.exists():
            broken = breaking_changes(
                json.loads(file.read_text())["schema"], golden(event)["schema"]
            )
            if broken:
                raise SystemExit(f"{event.TYPE} would break its readers: {'; '.join(broken)}")
        file.write_text(json.dumps(new, ensure_ascii=False, indent=2) + "\n")
        print(file.name)


if __name__ == "__main__":
    main()
