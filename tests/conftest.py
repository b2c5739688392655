"""Real parts for all tests: a PostgreSQL server of their own, and databases on it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import postgres
from tests.parts import Databases, ManualClock


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server for this run; `ATTESTA_TEST_POSTGRES_URL` names another to use."""
    given = os.environ.get("ATTESTA_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    root: Path = tmp_path_factory.mktemp("postgres")
    with postgres.temporary_server(root) as url:
        yield url


@pytest.fixture(scope="session")
def databases(server_url: str) -> Databases:
    """Makes fresh, migrated databases."""
    return Databases(server_url)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at 2 March 2026, noon in Moscow, until the test sets it."""
    return ManualClock()
