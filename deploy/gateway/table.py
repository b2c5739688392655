"""The table of addresses, `routes.json`: which service answers a path."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

TABLE_FILE = Path(__file__).with_name("routes.json")
LANGUAGE = "{language}"
"""In a prefix: the code of a language."""
LANGUAGE_PATTERN = "[a-z]{2,3}(-[A-Za-z0-9]+)*"
"""A language's code, such as `ru` or `sr-Latn`, as the folders of catalogues are called."""

IDENTIFIER = "{id}"
"""In a prefix: any one segment, such as the id of a qualification."""

Segments = tuple[str, ...]
Prefix = Annotated[
    str, Field(pattern=r"^/$|^(/\{language\})?(/([a-z0-9.-]+|\{id\}))*$", min_length=1)
]
"""As the file writes it: `/{language}/verify`."""


class _RouteFile(BaseModel):
    """The file's form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    services: dict[str, list[Prefix]]
    stand_ins: dict[Prefix, list[str]] = {}
    closed_prefixes: list[Prefix]


@dataclass(frozen=True, slots=True)
class Route:
    """A prefix, and the service that answers it; None: nobody does behind the gateway."""

    segments: Segments
    service: str | None

    def matches(self, segments: Sequence[str]) -> bool:
        """Whether the path of these segments is the prefix, or lies below it."""
        return len(segments) >= len(self.segments) and all(
            _is_language(segment) if name == LANGUAGE else name in {segment, IDENTIFIER}
            for name, segment in zip(self.segments, segments, strict=False)
        )


@dataclass(frozen=True, slots=True)
class RouteTable:
    """All routes, the more particular first; the last is `/`, the prefix of every path.

    `stand_ins` are routes of single addresses that other services can answer as well, such as the
    overview of operations: they are asked in their order where the service of the prefix is silent.
    """

    routes: tuple[Route, ...]
    stand_ins: tuple[tuple[Segments, tuple[str, ...]], ...] = ()

    @classmethod
    def read(cls, path: Path = TABLE_FILE) -> Self:
        """The table in this file.

        Raises `ValueError` for a file of another form, without `/`, with a prefix twice,
        or with a service that there is not.
        """
        content = _RouteFile.model_validate_json(path.read_text())
        services: dict[Segments, str | None] = {}
        for prefix, service in _iter_prefixes(content):
            segments = split_path(prefix)
            if segments in services:
                raise ValueError(f"{path.name}: {prefix} stands there twice")
            services[segments] = service
        if () not in services:
            raise ValueError(f"{path.name}: no service has /, the prefix of every other path")
        routes = (Route(segments, service) for segments, service in services.items())
        stand_ins = tuple(
            (split_path(prefix), tuple(names)) for prefix, names in content.stand_ins.items()
        )
        for _, names in stand_ins:
            if unknown_names := set(names) - content.services.keys():
                raise ValueError(f"{path.name}: there is no service {unknown_names.pop()}")
        return cls(tuple(sorted(routes, key=_order)), stand_ins)

    @property
    def services(self) -> tuple[str, ...]:
        """The services, by name."""
        return tuple(sorted({route.service for route in self.routes if route.service}))

    def find_service(self, path: str) -> str | None:
        """The service that answers this path, decoded; None where it is closed."""
        segments = split_path(path)
        return next(route.service for route in self.routes if route.matches(segments))

    def list_stand_ins(self, path: str) -> tuple[str, ...]:
        """The services that answer this path, and none below it, where its own is silent."""
        segments = split_path(path)
        return next(
            (
                names
                for address, names in self.stand_ins
                if len(address) == len(segments) and Route(address, None).matches(segments)
            ),
            (),
        )


def split_path(path: str) -> Segments:
    """The segments of a path: `/ru/verify` has two, `/` has none."""
    return tuple(path.removeprefix("/").split("/")) if path != "/" else ()


def _is_language(segment: str) -> bool:
    return re.fullmatch(LANGUAGE_PATTERN, segment) is not None


def _order(route: Route) -> tuple[int, bool, Segments]:
    """More segments first; of as many, words before the code of a language or an id."""
    has_names = bool({LANGUAGE, IDENTIFIER} & set(route.segments))
    return -len(route.segments), has_names, route.segments


def _iter_prefixes(content: _RouteFile) -> Iterator[tuple[str, str | None]]:
    for service, prefixes in content.services.items():
        for prefix in prefixes:
            yield prefix, service
    for prefix in content.closed_prefixes:
        yield prefix, None
