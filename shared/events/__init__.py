"""The published language: the events that services exchange, as versioned, frozen classes.

One module per publishing service. An event states one fact, in the past tense, with all that its
consumers need, so that nobody has to call back. A published version never changes its meaning:
optional fields may be added, anything else is a new version (`tests/contracts` holds the line).
"""

from shared.events.base import Event, event_class, event_types, topics

__all__ = ["Event", "event_class", "event_types", "topics"]
