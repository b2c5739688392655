"""SQL that is written as text keeps the order of rooms, too: it names no table of a higher one."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module

import pytest
from sqlmodel import SQLModel

from tests.house.source import SourceFile, product_files, room_ranks, string_constants

SERVICES = ("catalog", "applications", "certificates")
_NAMED_TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|COPY|TABLE|ONLY)\s+([a-z_]+)\b")
SERVICE_FILES = [file for file in product_files() if file.service is not None]


@cache
def _table_rooms(service: str) -> dict[str, str]:
    """The room of each table of a service: the one whose models hold it."""
    import_module(f"services.{service}.models")
    base = import_module(f"services.{service}.base")
    table_class: type[SQLModel] = getattr(base, f"{service.capitalize()}Table")
    return {
        str(model.__tablename__): model.__module__.split(".")[2]
        for model in _all_subclasses(table_class)
        if "table" in model.model_config
    }


def _all_subclasses(parent: type[SQLModel]) -> Iterator[type[SQLModel]]:
    for child in parent.__subclasses__():
        yield child
        yield from _all_subclasses(child)


@pytest.mark.parametrize("service", SERVICES)
def test_every_table_of_a_service_has_a_room(service: str) -> None:
    metadata = import_module(f"services.{service}.models").metadata
    assert _table_rooms(service).keys() == metadata.tables.keys()
    assert set(_table_rooms(service).values()) <= room_ranks(service).keys()


@pytest.mark.parametrize("file", SERVICE_FILES, ids=lambda file: str(file.path))
def test_sql_names_no_table_of_a_higher_room_or_another_service(file: SourceFile) -> None:
    assert file.service is not None
    ranks = room_ranks(file.service)
    own_rooms = _table_rooms(file.service)
    foreign_tables = {
        name for service in SERVICES if service != file.service for name in _table_rooms(service)
    } - own_rooms.keys()
    named_tables = [
        (name, line)
        for text, line in string_constants(file.tree)
        for name in _NAMED_TABLE.findall(text)
    ]
    wrong_tables = [
        f"{file.path}:{line} {name}"
        for name, line in named_tables
        if name in foreign_tables
        or (name in own_rooms and ranks[own_rooms[name]] < ranks[file.layer])
    ]
    assert wrong_tables == [], "ask the higher room, or move the table down"
