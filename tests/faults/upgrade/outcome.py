"""What must be true when a release was put in and taken back: everything was done once, by both."""

from deploy.local.settings import SERVICES
from tests.faults.bad_day.outcome import Databases, assert_nothing_is_lost
from tests.faults.upgrade.releases import COLUMN, MARK
from tests.faults.upgrade.visitors import Visitors

_EVENTS = "SELECT event_id, headers ->> 'ce_type' AS type FROM outbox"
_ACCEPTED_EVENTS = "SELECT event_id, type FROM inbox"
_WRITERS = f"SELECT {COLUMN} FROM certificate ORDER BY issued_at"
_MARKED_EVENTS = f"""
    SELECT DISTINCT convert_from(payload, 'UTF8')::json ->> '{COLUMN}' AS mark FROM outbox
    WHERE headers ->> 'ce_type' = 'applications.application.approved.v1'
"""


def assert_all_was_done_once(databases: Databases, visitors: Visitors) -> None:
    """Each application and each event once, first and last by the old release, between by both."""
    assert_nothing_is_lost(databases, visitors.certified_ids)
    (count,) = databases.run_statement("applications", "SELECT count(*) AS all FROM application")
    assert count["all"] == len(visitors.certified_ids) + len(visitors.submitted_ids)
    outbox_events = {
        (row["event_id"], row["type"])
        for service in SERVICES
        for row in databases.run_statement(service, _EVENTS)
    }
    for service in ("applications", "certificates"):
        inbox_events = {tuple(row) for row in databases.run_statement(service, _ACCEPTED_EVENTS)}
        followed_types = {event_type for _, event_type in inbox_events}
        assert inbox_events == {event for event in outbox_events if event[1] in followed_types}
    writers = [row[COLUMN] for row in databases.run_statement("certificates", _WRITERS)]
    assert (writers[0], MARK in writers, writers[-1]) == (None, True, None)
    marks = {row["mark"] for row in databases.run_statement("applications", _MARKED_EVENTS)}
    assert marks == {None, MARK}
