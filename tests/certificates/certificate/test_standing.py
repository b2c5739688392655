"""Histories on two time axes, with answers worked out by hand.

Every certificate is issued on 2 March 2026 and valid through 2 March 2029; `expiring` begins 90
days before the end: 2 December 2028.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import certificates
from services.certificates.certificate.standing import (
    VERDICTS,
    Change,
    ChangeKind,
    StandingRules,
    Timeline,
    Verdict,
    standing_on,
)
from services.certificates.registry.rules import FeedReason
from services.certificates.verification.wording import explain_verdict
from shared.locale.catalogues import read_languages

ISSUED, PRINTED = date(2026, 3, 2), date(2029, 3, 2)
K, V = ChangeKind, Verdict
LONG_AFTER = "2040-01-01"
RULES = StandingRules(90)


def on(day: str) -> date:
    return date.fromisoformat(day)


def change(
    kind: ChangeKind,
    effective: str,
    recorded_on: str | None = None,
    until: str | None = None,
    successor: str | None = None,
) -> Change:
    at = datetime.fromisoformat(f"{recorded_on or effective}T09:00:00").replace(tzinfo=UTC)
    return Change(kind, on(effective), at, None if until is None else on(until), successor)


EXTENDED = change(K.EXTENDED, "2029-01-10", until="2029-08-02")
LATE_EXTENSION = change(K.EXTENDED, "2029-04-01", until="2029-08-02")
TWICE = (EXTENDED, change(K.EXTENDED, "2029-07-01", until="2029-12-31"))
ANNULLED = change(K.ANNULLED, "2026-03-02", "2027-06-01")
NEWER = change(K.SUPERSEDED, "2029-02-10", successor="07.2")
SECOND_NEWER = change(K.SUPERSEDED, "2029-02-20", successor="07.3")
NEWER_ANNULLED = change(K.RESTORED, "2029-02-10", "2029-02-15", successor="07.2")
RETROACTIVE = change(K.EXTENDED, "2029-03-03", "2029-04-01", until="2029-08-02")
SHORTENED = change(K.SHORTENED, "2028-01-10", until="2028-06-30")
MENDED = change(K.EXTENDED, "2027-12-01", "2028-02-01", until="2029-12-31")
PAUSE = change(K.SUSPENDED, "2027-01-10")
RESUMED = change(K.REINSTATED, "2027-03-10")
GONE = change(K.WITHDRAWN, "2028-05-05")
PLANNED = change(K.SUSPENDED, "2027-09-01", "2027-08-01")


def timeline(changes: Iterable[Change], known_at: datetime) -> Timeline:
    """The timeline of the certificate with these changes, as known at an instant."""
    return Timeline.known_at(ISSUED, PRINTED, changes, known_at)


class Row(NamedTuple):
    """A history, a day, when it is asked, and the answer by hand."""

    changes: tuple[Change, ...]
    day: str
    known_at: str
    verdict: Verdict
    until: str = "2029-03-02"
    changes_on: str | None = None
    successor: str | None = None
    supersession_ends: bool = False


PRINTED_DAY = PRINTED.isoformat()
TABLE = [
    # nothing happened
    Row((), "2026-03-01", LONG_AFTER, V.NOT_FOUND, changes_on="2026-03-02"),
    Row((), "2026-03-02", LONG_AFTER, V.VALID, changes_on="2028-12-02"),
    Row((), "2028-12-01", LONG_AFTER, V.VALID, changes_on="2028-12-02"),
    Row((), "2028-12-02", LONG_AFTER, V.EXPIRING, changes_on="2029-03-03"),
    Row((), "2029-03-02", LONG_AFTER, V.EXPIRING, changes_on="2029-03-03"),
    Row((), "2029-03-03", LONG_AFTER, V.EXPIRED),
    # extended while it was valid
    Row((EXTENDED,), "2029-01-09", LONG_AFTER, V.EXPIRING, changes_on="2029-01-10"),
    Row((EXTENDED,), "2029-01-10", LONG_AFTER, V.VALID, "2029-08-02", "2029-05-04"),
    Row((EXTENDED,), "2029-03-03", LONG_AFTER, V.VALID, "2029-08-02", "2029-05-04"),
    Row((EXTENDED,), "2029-08-02", LONG_AFTER, V.EXPIRING, "2029-08-02", "2029-08-03"),
    Row((EXTENDED,), "2029-08-03", LONG_AFTER, V.EXPIRED, "2029-08-02"),
    Row((EXTENDED,), "2029-03-03", "2029-01-09", V.EXPIRED),  # not known yet
    # extended after it had ended: for a month it was expired, whatever is known now
    Row((LATE_EXTENSION,), "2029-03-31", LONG_AFTER, V.EXPIRED, changes_on="2029-04-01"),
    Row((LATE_EXTENSION,), "2029-04-01", LONG_AFTER, V.VALID, "2029-08-02", "2029-05-04"),
    # extended after it had ended, without a gap: then it was held for expired, now it was valid
    Row((RETROACTIVE,), "2029-03-02", LONG_AFTER, V.EXPIRING, changes_on="2029-03-03"),
    Row((RETROACTIVE,), "2029-03-20", LONG_AFTER, V.VALID, "2029-08-02", "2029-05-04"),
    Row((RETROACTIVE,), "2029-03-20", "2029-03-31", V.EXPIRED),
    Row((RETROACTIVE,), "2029-03-20", "2029-04-01", V.VALID, "2029-08-02", "2029-05-04"),
    # an end decided later counts, also where it holds from an earlier day than another
    Row((SHORTENED, MENDED), "2028-07-01", "2028-01-31", V.EXPIRED, "2028-06-30"),
    Row((SHORTENED, MENDED), "2028-07-01", LONG_AFTER, V.VALID, "2029-12-31", "2029-10-02"),
    Row((SHORTENED, MENDED), "2027-12-15", LONG_AFTER, V.VALID, "2029-12-31", "2028-01-10"),
    # extended twice: the later end counts
    Row(TWICE, "2029-06-30", LONG_AFTER, V.EXPIRING, "2029-08-02", "2029-07-01"),
    Row(TWICE, "2029-07-01", LONG_AFTER, V.VALID, "2029-12-31", "2029-10-02"),
    Row(TWICE, "2030-01-01", LONG_AFTER, V.EXPIRED, "2029-12-31"),
    # annulled as issued in error, recorded a year later
    Row((ANNULLED,), "2026-03-02", LONG_AFTER, V.ANNULLED),
    Row((ANNULLED,), "2027-01-01", LONG_AFTER, V.ANNULLED),
    Row((ANNULLED,), "2027-01-01", "2027-05-31", V.VALID, changes_on="2028-12-02"),
    Row((ANNULLED,), "2030-01-01", LONG_AFTER, V.ANNULLED),
    Row((EXTENDED, ANNULLED), "2029-06-01", LONG_AFTER, V.ANNULLED, "2029-08-02"),
    # a newer one beside it: the verdict stays true, until its end
    Row((NEWER,), "2029-02-09", LONG_AFTER, V.EXPIRING, changes_on="2029-02-10"),
    Row((NEWER,), "2029-02-10", LONG_AFTER, V.EXPIRING, PRINTED_DAY, "2029-03-03", "07.2"),
    Row((NEWER,), "2029-02-10", "2029-02-09", V.EXPIRING, PRINTED_DAY, "2029-03-03"),
    Row((NEWER,), "2029-03-03", LONG_AFTER, V.EXPIRED, successor="07.2"),
    Row((NEWER, EXTENDED), "2029-03-03", LONG_AFTER, V.VALID, "2029-08-02", "2029-05-04", "07.2"),
    Row((NEWER, ANNULLED), "2029-02-10", LONG_AFTER, V.ANNULLED),
    # the newer one annulled: it never had a successor, but was held to have one
    Row((NEWER, NEWER_ANNULLED), "2029-02-12", LONG_AFTER, V.EXPIRING, changes_on="2029-03-03"),
    Row(
        (NEWER, NEWER_ANNULLED),
        "2029-02-12",
        "2029-02-14",
        V.EXPIRING,
        PRINTED_DAY,
        "2029-03-03",
        "07.2",
    ),
    Row(
        (NEWER, SECOND_NEWER, NEWER_ANNULLED),
        "2029-02-25",
        LONG_AFTER,
        V.EXPIRING,
        PRINTED_DAY,
        "2029-03-03",
        "07.3",
    ),
    # where the settings say that a newer one ends it
    Row((NEWER,), "2029-02-09", LONG_AFTER, V.EXPIRING, PRINTED_DAY, "2029-02-10", None, True),
    Row((NEWER,), "2029-02-10", LONG_AFTER, V.SUPERSEDED, PRINTED_DAY, None, "07.2", True),
    Row((NEWER,), "2030-02-10", LONG_AFTER, V.SUPERSEDED, PRINTED_DAY, None, "07.2", True),
    Row((NEWER, ANNULLED), "2029-02-10", LONG_AFTER, V.ANNULLED, supersession_ends=True),
    Row(
        (NEWER, NEWER_ANNULLED),
        "2029-02-12",
        LONG_AFTER,
        V.EXPIRING,
        PRINTED_DAY,
        "2029-03-03",
        None,
        True,
    ),
    # suspended and reinstated
    Row((PAUSE, RESUMED), "2027-01-09", LONG_AFTER, V.VALID, changes_on="2027-01-10"),
    Row((PAUSE, RESUMED), "2027-01-10", LONG_AFTER, V.SUSPENDED, changes_on="2027-03-10"),
    Row((PAUSE, RESUMED), "2027-03-09", "2027-02-01", V.SUSPENDED, changes_on="2028-12-02"),
    Row((PAUSE, RESUMED), "2027-03-10", LONG_AFTER, V.VALID, changes_on="2028-12-02"),
    Row((PAUSE,), "2029-03-03", LONG_AFTER, V.EXPIRED),
    # recorded before it takes effect
    Row((PLANNED,), "2027-08-15", "2027-07-31", V.VALID, changes_on="2028-12-02"),
    Row((PLANNED,), "2027-08-15", "2027-08-02", V.VALID, changes_on="2027-09-01"),
    Row((PLANNED,), "2027-09-01", "2027-08-02", V.SUSPENDED, changes_on="2028-12-02"),
    # withdrawn
    Row((GONE,), "2028-05-04", LONG_AFTER, V.VALID, changes_on="2028-05-05"),
    Row((GONE,), "2028-05-05", LONG_AFTER, V.WITHDRAWN),
    Row((PAUSE, GONE), "2028-06-01", LONG_AFTER, V.WITHDRAWN),
    Row((GONE, EXTENDED), "2029-05-01", LONG_AFTER, V.WITHDRAWN, "2029-08-02"),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.day} by {row.known_at}")
def test_a_history_is_told_as_worked_out_by_hand(row: Row) -> None:
    known_at = datetime.fromisoformat(f"{row.known_at}T23:59:59").replace(tzinfo=UTC)
    rules = StandingRules(90, row.supersession_ends)
    standing = standing_on(timeline(row.changes, known_at), on(row.day), rules)
    assert (standing.verdict, standing.ends_on) == (row.verdict, on(row.until))
    assert standing.successor == row.successor
    assert standing.recheck_on == (on(row.changes_on) if row.changes_on else None)


def test_the_table_is_as_long_as_it_must_be() -> None:
    assert len(TABLE) >= 30
    assert {row.verdict for row in TABLE} == set(Verdict)


@given(
    st.permutations([EXTENDED, NEWER, NEWER_ANNULLED, PAUSE, RESUMED]),
    st.dates(date(2026, 1, 1), date(2031, 1, 1)),
)
def test_the_order_in_which_changes_are_read_does_not_matter(
    changes: list[Change], day: date
) -> None:
    known_at = datetime(2040, 1, 1, tzinfo=UTC)
    ordered_changes = sorted(changes, key=lambda change: change.recorded_at)
    assert standing_on(timeline(changes, known_at), day, RULES) == standing_on(
        timeline(ordered_changes, known_at), day, RULES
    )


@given(st.dates(date(2026, 3, 2), date(2030, 1, 1)), st.integers(0, 400))
def test_until_the_day_to_ask_again_the_answer_is_the_same(day: date, ahead: int) -> None:
    known_at = datetime(2040, 1, 1, tzinfo=UTC)
    changes = (PAUSE, RESUMED, EXTENDED)
    standing = standing_on(timeline(changes, known_at), day, RULES)
    later = date.fromordinal(day.toordinal() + ahead)
    if standing.recheck_on is None or later < standing.recheck_on:
        assert standing_on(timeline(changes, known_at), later, RULES).verdict == standing.verdict


def test_every_verdict_has_a_record_and_words_in_every_language() -> None:
    assert set(VERDICTS) == set(Verdict)
    assert {record.final_change for record in VERDICTS.values()} <= {None, *ChangeKind}
    assert {v for v, record in VERDICTS.items() if record.proves} == {V.VALID, V.EXPIRING}
    languages = read_languages(Path(certificates.__file__).parent, None)
    assert {"ru", "en"} <= set(languages)
    for translator in languages.values():
        words = {translator(f"verdict.{verdict}") for verdict in Verdict}
        assert len(words) == len(Verdict) - 1, "valid and expiring differ by the days that are left"
        sentences = {explain_verdict(translator, verdict, PRINTED, "07.01") for verdict in Verdict}
        assert len(sentences) == len(Verdict)
        assert all("07.01" in sentence for sentence in sentences)


def test_every_change_of_a_standing_is_one_that_the_registry_hears_of() -> None:
    assert {kind.value for kind in ChangeKind} <= {reason.value for reason in FeedReason}
