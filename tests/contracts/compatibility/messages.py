"""Differences of two AsyncAPI documents that break readers of events, old and new.

Events are kept: an old reader gets new ones, and a new reader old ones. So nothing may change but
that an event, a channel or an optional member is added.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.contracts.compatibility.schemas import SchemaComparison, Use, compare_rest

Part = Mapping[str, Any]


def compare_asyncapi(old: Part, new: Part) -> list[str]:
    """What in `new` breaks readers of `old`, by place; empty when nothing does.

    Both are whole documents without annotations.
    """
    return list(_compare(old, new))


def _compare(old: Part, new: Part) -> Iterator[str]:
    handled_words = {"channels", "operations", "components"}
    yield from compare_rest("document", old, new, (old.keys() | new.keys()) - handled_words)
    for name, channel, new_channel in _list_pairs(old["channels"], new["channels"]):
        if new_channel is None:
            yield f"channel {name}: is gone"
        else:
            yield from _compare_members(f"channel {name}", channel, new_channel)
    for name, operation, new_operation in _list_pairs(old["operations"], new["operations"]):
        if new_operation is None:
            yield f"operation {name}: is gone"
        else:
            yield from _compare_members(f"operation {name}", operation, new_operation)
    yield from _compare_components(old["components"], new["components"])


def _compare_members(place: str, old: Part, new: Part) -> Iterator[str]:
    """Of a channel or an operation: messages may be added, and nothing else."""
    yield from compare_rest(place, old, new, (old.keys() | new.keys()) - {"messages"})
    old_names, new_names = (_name_messages(part["messages"]) for part in (old, new))
    for name in sorted(old_names - new_names):
        yield f"{place}: no longer {name}"


def _name_messages(messages: Any) -> set[str]:
    references = messages.values() if isinstance(messages, dict) else messages
    return {str(reference["$ref"]).rsplit("/", 1)[1] for reference in references}


def _compare_components(old: Part, new: Part) -> Iterator[str]:
    schemas = SchemaComparison(old["schemas"], new["schemas"])
    for kind in ("messageTraits", "messages"):
        for name, message, new_message in _list_pairs(old[kind], new[kind]):
            if new_message is None:
                yield f"{name}: is gone"
                continue
            words = message.keys() | new_message.keys()
            yield from compare_rest(name, message, new_message, words - {"headers", "payload"})
            for word in ("headers", "payload"):
                yield from schemas.compare(
                    f"{name} {word}", message.get(word, {}), new_message.get(word, {}), Use.KEPT
                )


def _list_pairs(old: Part, new: Part) -> Iterator[tuple[str, Part, Part | None]]:
    """Everything that was there, with what it is now."""
    yield from ((name, part, new.get(name)) for name, part in old.items())
