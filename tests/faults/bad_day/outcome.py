"""What must be true when the bad day is over: one certificate for each decision, and no remains."""

import time
from collections.abc import Sequence

from deploy.local.settings import SERVICES
from tests.faults.bad_day.scene import Scene

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


def assert_nothing_is_lost(scene: Scene, certified: Sequence[str]) -> None:
    """Every application that was certified has one certificate, and each database is at rest."""
    _wait_for_rest(scene)
    rows = scene.run_statement("certificates", "SELECT application_id, number FROM certificate")
    assert sorted(str(row["application_id"]) for row in rows) == sorted(certified)
    assert len({row["number"] for row in rows}) == len(rows)
    known_rows = scene.run_statement(
        "applications", "SELECT id FROM application WHERE status = 'certified'"
    )
    assert sorted(str(row["id"]) for row in known_rows) == sorted(certified)
    (feed,) = scene.run_statement("certificates", _POSITIONS)
    assert feed["entries"] == feed["positions"] == feed["last"] == feed["different"]
    issue_rows = scene.run_statement(
        "certificates",
        "SELECT key, count(*) AS count FROM outbox WHERE headers ->> 'ce_type' = $1 GROUP BY key",
        "certificates.certificate.issued.v1",
    )
    assert len(issue_rows) == len(certified)
    assert all(row["count"] == 1 for row in issue_rows), "no event is doubled"


def _wait_for_rest(scene: Scene) -> None:
    """Waits until no database has anything left to do."""
    deadline = time.monotonic() + SETTLING_SECONDS
    for service in SERVICES:
        while True:
            (remains,) = scene.run_statement(service, _REMAINS)
            if not any(remains.values()):
                break
            assert time.monotonic() < deadline, f"{service} is left with {dict(remains)}"
            time.sleep(0.2)
