"""The sector councils that have changed their names: one council, however it was called.

A council has a code of three digits in the national registry, which stays, and names, each known
since a day by a source; both are in `councils.json`. A council that is not there is known by its
name alone.
"""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from shared.text import normalize_title

DATA_PATH = Path(__file__).with_suffix(".json")


@dataclass(frozen=True, slots=True)
class DatedName:
    """A name of a council, and the first civil day on which its source has the council so."""

    name: str
    known_since: date
    source: str


@dataclass(frozen=True, slots=True)
class CouncilNames:
    """A council: its code in the registry, and its names, the earliest first."""

    code: str
    names: tuple[DatedName, ...]


def _read_councils() -> dict[str, CouncilNames]:
    """The councils of the data file, by each of their names in the form that is compared."""
    councils: dict[str, CouncilNames] = {}
    for entry in json.loads(DATA_PATH.read_text()):
        names = [
            DatedName(item["name"], date.fromisoformat(item["known_since"]), item["source"])
            for item in entry["names"]
        ]
        names.sort(key=lambda dated_name: dated_name.known_since)
        council = CouncilNames(entry["code"], tuple(names))
        councils |= {normalize_title(dated_name.name): council for dated_name in names}
    return councils


_COUNCILS = _read_councils()


def find_council(name: str) -> CouncilNames | None:
    """The council that has or had this name; None for one that is known by its name alone."""
    return _COUNCILS.get(normalize_title(name))


def council_key(name: str) -> str:
    """The text by which councils are compared: the code, or else the name in its compared form."""
    council = find_council(name)
    return normalize_title(name) if council is None else council.code


def list_council_names(name: str) -> tuple[str, ...]:
    """All names of the council that has or had this one, and this one as it is written."""
    council = find_council(name)
    names = () if council is None else tuple(dated_name.name for dated_name in council.names)
    return tuple(dict.fromkeys((name, *names)))


def council_name_on(name: str, day: date) -> str:
    """What the council that has or had this name was called on a civil day."""
    council = find_council(name)
    known_names = () if council is None else council.names
    names = [dated_name.name for dated_name in known_names if dated_name.known_since <= day]
    return names[-1] if names else name
