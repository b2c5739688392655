"""Events of rosters, as they are polled and as webhooks bring them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self


class EventsMissing(Exception):
    """The numbers do not go on from yours; nothing of the page was handed over."""


@dataclass(frozen=True, slots=True)
class RosterEvent:
    """A change of a certificate that is watched; `sequence` is None of a test event.

    `kind` is the type without its prefix and version, such as `renewal_due`; take a kind that you
    do not know for one more change. `content` is the whole event, a CloudEvent.
    """

    sequence: int | None
    kind: str
    number: str | None
    is_valid: bool | None
    content: Mapping[str, Any]

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> Self:
        """The event of a CloudEvent in JSON."""
        data = content.get("data") or {}
        sequence = content.get("sequence")
        return cls(
            sequence=None if sequence is None else int(sequence),
            kind=str(content["type"]).removeprefix("attesta.roster.").rpartition(".")[0],
            number=data.get("number"),
            is_valid=data.get("valid"),
            content=content,
        )


def read_events(contents: Sequence[Mapping[str, Any]], after: int) -> Iterator[RosterEvent]:
    """The events of a page after this number. Raises `EventsMissing`."""
    events = [RosterEvent.parse(content) for content in contents]
    expected = list(range(after + 1, after + 1 + len(events)))
    if [event.sequence for event in events] != expected:
        raise EventsMissing(f"the page does not go on after {after}")
    yield from events
