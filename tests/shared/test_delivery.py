"""When deliveries are tried again, and how a route that fails is left alone."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis.strategies import integers, lists, sampled_from

from shared.delivery.backoff import JITTER, LETTER_BACKOFF, WEBHOOK_BACKOFF
from shared.delivery.circuit import MOST_FAILURES, Circuit

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LIMIT = timedelta(minutes=2)


@given(integers(1, 100))
def test_pauses_grow_to_a_day_and_differ(failures: int) -> None:
    position = min(failures, len(LETTER_BACKOFF.pauses)) - 1
    least = LETTER_BACKOFF.pauses[position]
    pause = LETTER_BACKOFF.draw_pause(failures)
    assert least <= pause <= least * (1 + JITTER)
    assert LETTER_BACKOFF.is_exhausted(failures) == (failures > 8)


def test_the_pauses_cover_three_days() -> None:
    total = sum(LETTER_BACKOFF.pauses, timedelta())
    assert timedelta(days=3) < total < timedelta(days=4)
    assert len({LETTER_BACKOFF.draw_pause(5) for _ in range(20)}) > 1


def test_a_few_failures_leave_a_route_open() -> None:
    circuit = Circuit()
    for _ in range(MOST_FAILURES - 1):
        circuit = circuit.after_failure(NOW)
        assert circuit.admits(NOW)
    assert not circuit.after_failure(NOW).admits(NOW)


@given(lists(sampled_from([1, 7, 30, 59, 61, 600]), max_size=60))
def test_a_dead_route_is_tried_once_an_hour_at_most_after_the_first(minutes: list[int]) -> None:
    circuit, now = Circuit(), NOW
    tries = []
    for pause in (*[0] * 5, *minutes):
        now += timedelta(minutes=pause)
        if circuit.admits(now):
            tries.append(now)
            circuit = circuit.after_admission(now, LIMIT).after_failure(now)
    later_tries = tries[MOST_FAILURES + 3 :]
    assert all(after - before >= timedelta(hours=1) for before, after in pairwise(later_tries))


def test_one_sender_alone_tries_a_route_that_failed() -> None:
    circuit = Circuit()
    for _ in range(MOST_FAILURES):
        circuit = circuit.after_failure(NOW)
    later = NOW + timedelta(minutes=1)
    assert circuit.admits(later)
    probed = circuit.after_admission(later, LIMIT)
    assert not probed.admits(later)
    assert probed.admits(later + LIMIT), "the prober may have died"


@given(integers(1, 100))
def test_a_dead_portal_is_asked_within_seconds_then_hourly(failures: int) -> None:
    least = WEBHOOK_BACKOFF.pauses[min(failures, 6) - 1]
    assert least <= WEBHOOK_BACKOFF.draw_pause(failures) <= least * (1 + JITTER)
    assert (failures < 6) == (least < timedelta(hours=1))
