"""Objects of JSON: none loses a member, as it does where two have one name."""

from collections import Counter
from typing import Any

from shared.errors import RuleViolation

MAX_SHOWN_CHARACTERS = 100
"""Of a name that the client made up, in an answer."""


def collect_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The members of an object, as `json.loads` hands them over.

    Raises `RuleViolation` (`json.repeated_member`) for two of one name: only one would be read.
    """
    members = dict(pairs)
    if len(members) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        repeated_name = next(name for name, count in counts.items() if count > 1)
        raise RuleViolation(
            "json.repeated_member",
            "An object of the JSON has two members of one name. Leave one of them.",
            field="/",
            values={"member": repeated_name[:MAX_SHOWN_CHARACTERS]},
        )
    return members
