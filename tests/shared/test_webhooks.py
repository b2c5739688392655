"""Messages signed by Standard Webhooks, and what an answer to one means."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis.strategies import text
from standardwebhooks import Webhook, WebhookVerificationError

from shared.delivery.attempts import AttemptOutcome
from shared.delivery.egress import EgressAnswer, EgressFailure
from shared.delivery.webhooks import (
    EVENT_TYPE,
    LONGEST_PAUSE,
    create_secret,
    judge_answer,
    judge_failure,
    read_pause,
    sign_message,
)

BODY = '{"name":"Ёж"}'.encode()


def test_each_secret_of_an_overlap_verifies_and_no_other() -> None:
    keys = [create_secret(), create_secret()]
    headers = dict(sign_message("evt_1", BODY, EVENT_TYPE, keys))
    for key in keys:
        assert Webhook(key).verify(BODY, headers) == {"name": "Ёж"}
    for other_body in (BODY + b" ", b"{}"):
        with pytest.raises(WebhookVerificationError):
            Webhook(keys[0]).verify(other_body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(create_secret()).verify(BODY, headers)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Vladivostok", "America/Bogota"])
def test_the_time_is_that_of_the_machine_in_any_zone(
    zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    headers = dict(sign_message("evt_1", BODY, EVENT_TYPE, [create_secret()]))
    difference = datetime.now(UTC).timestamp() - int(headers["webhook-timestamp"])
    assert -1 <= difference < 60


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, AttemptOutcome.DELIVERED),
        (299, AttemptOutcome.DELIVERED),
        (301, AttemptOutcome.BROKEN),
        (307, AttemptOutcome.BROKEN),
        (400, AttemptOutcome.BROKEN),
        (401, AttemptOutcome.BROKEN),
        (410, AttemptOutcome.REFUSED),
        (429, AttemptOutcome.DEFERRED),
        (500, AttemptOutcome.BROKEN),
        (999, AttemptOutcome.BROKEN),
    ],
)
def test_what_an_answer_means(status: int, outcome: AttemptOutcome) -> None:
    attempt = judge_answer(EgressAnswer(status, b"", None))
    assert attempt.outcome is outcome
    assert attempt.failure == (None if outcome is AttemptOutcome.DELIVERED else str(status))


def test_no_answer_is_unmade_where_nothing_was_sent() -> None:
    assert judge_failure(EgressFailure("dns")).outcome is AttemptOutcome.UNMADE
    assert judge_failure(EgressFailure("timeout", was_sent=True)).outcome is AttemptOutcome.BROKEN


def test_retry_after_counts_up_to_a_day() -> None:
    assert read_pause(EgressAnswer(429, b"", "17")) == timedelta(seconds=17)
    assert read_pause(EgressAnswer(503, b"", "999999999999999999999")) == LONGEST_PAUSE
    date = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    pause = read_pause(EgressAnswer(429, b"", date))
    assert pause is not None
    assert timedelta(minutes=119) < pause < timedelta(minutes=121)
    assert read_pause(EgressAnswer(429, b"", "Mon, 02 Mar 2020 09:00:00 GMT")) == timedelta(0)
    assert read_pause(EgressAnswer(500, b"", "17")) is None


@given(text())
def test_no_text_of_retry_after_breaks_anything(value: str) -> None:
    pause = read_pause(EgressAnswer(429, b"", value))
    assert pause is None or timedelta(0) <= pause <= LONGEST_PAUSE
