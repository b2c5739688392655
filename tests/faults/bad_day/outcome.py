"""What must be true when the bad day is over: one certificate for each decision, and no remains."""

import time
from collections.abc import Sequence
from typing import Any, Protocol

import asyncpg

from deploy.local.settings import SERVICES

SETTLING_SECONDS = 120
_REMAINS = """
    SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL) AS unpublished,
           (SELECT count(*) FROM dead_letter WHERE status = 'waiting') AS dead_letters,
           (SELECT count(*) FROM set_aside) AS set_aside
"""
_POSITIONS = """
    SELECT count(*) AS entries, count(position) AS positions, max(position) AS last,
           count(DISTINCT position) AS different
    FROM feed_entry
"""


class Databases(Protocol):
    """The databases of the services, wherever they are."""

    def run_statement(self, service: str, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """The rows of a statement in the service's database."""


def assert_nothing_is_lost(databases: Databases, certified: Sequence[str]) -> None:
    """Every application that was certified has one certificate, and each database is at rest."""
    _wait_for_rest(databases)
    rows = databases.run_statement("certificates", "SELECT application_id, number FROM certificate")
    assert sorted(str(row["application_id"]) for row in rows) == sorted(certified)
    assert len({row["number"] for row in rows}) == len(rows)
    known_rows = databases.run_statement(
        "applications", "SELECT id FROM application WHERE status = 'certified'"
    )
    assert sorted(str(row["id"]) for row in known_rows) == sorted(certified)
    (feed,) = databases.run_statement("certificates", _POSITIONS)
    assert feed["entries"] == feed["positions"] == feed["last"] == feed["different"]
    issue_rows = databases.run_statement(
        "certificates",
        "SELECT key, count(*) AS count FROM outbox WHERE headers ->> 'ce_type' = $1 GROUP BY key",
        "certificates.certificate.issued.v1",
    )
    assert len(issue_rows) == len(certified)
    assert all(row["count"] == 1 for row in issue_rows), "no event is doubled"


def _wait_for_rest(databases: Databases) -> None:
    """Waits until no database has anything left to do."""
    deadline = time.monotonic() + SETTLING_SECONDS
    for service in SERVICES:
        while True:
            (remains,) = databases.run_statement(service, _REMAINS)
            if not any(remains.values()):
                break
            assert time.monotonic() < deadline, f"{service} is left with {dict(remains)}"
            time.sleep(0.2)
