"""The base of all events, and the registry of their classes by type."""

from abc import abstractmethod
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

_EVENT_CLASSES: dict[str, type["Event"]] = {}


class Event(BaseModel):
    """A fact about one aggregate.

    `TYPE` is `<service>.<aggregate>.<past participle>.v<major>`, `TOPIC` its first two parts.
    Readers ignore members that they do not know, so a publisher may add optional ones.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str]

    @property
    @abstractmethod
    def key(self) -> str:
        """The aggregate's id, which is the record's key: events of one key stay in order."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        """Registers each event class under its type.

        Raises `TypeError` for a type outside its topic, or one that is registered already.
        """
        if "TYPE" not in cls.__dict__:
            return
        if not cls.TYPE.startswith(f"{cls.TOPIC}."):
            raise TypeError(f"{cls.__name__}: type {cls.TYPE} does not belong to topic {cls.TOPIC}")
        if cls.TYPE in _EVENT_CLASSES:
            raise TypeError(f"two classes for event type {cls.TYPE}")
        _EVENT_CLASSES[cls.TYPE] = cls


def event_class(event_type: str) -> type[Event] | None:
    """The class for a CloudEvents `type`, or None when this code does not know it."""
    return _EVENT_CLASSES.get(event_type)


def event_types() -> dict[str, type[Event]]:
    """All event classes known to this process, by type."""
    return dict(sorted(_EVENT_CLASSES.items()))


def topics() -> frozenset[str]:
    """All topics of the events known to this process, without the prefix."""
    return frozenset(cls.TOPIC for cls in _EVENT_CLASSES.values())
