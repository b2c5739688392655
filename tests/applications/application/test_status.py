"""The lifecycle, whole: every command in every status."""

import pytest

from services.applications.application.status import (
    ACTS_NEXT,
    FINAL_STATUSES,
    REOPENINGS,
    TRANSITIONS,
    Command,
    Status,
)
from shared.errors import IllegalTransition

S, C = Status, Command
LEGAL = {
    (S.DRAFT, C.AMEND): S.DRAFT,
    (S.DRAFT, C.ATTACH_DOCUMENT): S.DRAFT,
    (S.DRAFT, C.REMOVE_DOCUMENT): S.DRAFT,
    (S.DRAFT, C.SUBMIT): S.SUBMITTED,
    (S.DRAFT, C.WITHDRAW): S.WITHDRAWN,
    (S.SUBMITTED, C.ATTACH_DOCUMENT): S.SUBMITTED,
    (S.SUBMITTED, C.REMOVE_DOCUMENT): S.SUBMITTED,
    (S.SUBMITTED, C.BEGIN_REVIEW): S.UNDER_REVIEW,
    (S.SUBMITTED, C.WITHDRAW): S.WITHDRAWN,
    (S.UNDER_REVIEW, C.ADMIT): S.ADMITTED,
    (S.UNDER_REVIEW, C.RETURN): S.RETURNED,
    (S.UNDER_REVIEW, C.DECLINE): S.DECLINED,
    (S.UNDER_REVIEW, C.WITHDRAW): S.WITHDRAWN,
    (S.RETURNED, C.AMEND): S.RETURNED,
    (S.RETURNED, C.ATTACH_DOCUMENT): S.RETURNED,
    (S.RETURNED, C.REMOVE_DOCUMENT): S.RETURNED,
    (S.RETURNED, C.RESUBMIT): S.SUBMITTED,
    (S.RETURNED, C.WITHDRAW): S.WITHDRAWN,
    (S.ADMITTED, C.SCHEDULE): S.SCHEDULED,
    (S.ADMITTED, C.WITHDRAW): S.WITHDRAWN,
    (S.SCHEDULED, C.SCHEDULE): S.SCHEDULED,
    (S.SCHEDULED, C.RECORD_NO_SHOW): S.NO_SHOW,
    (S.SCHEDULED, C.ATTACH_MATERIAL): S.SCHEDULED,
    (S.SCHEDULED, C.RECORD_EXAMINATION): S.EXAMINED,
    (S.SCHEDULED, C.WITHDRAW): S.WITHDRAWN,
    (S.NO_SHOW, C.SCHEDULE): S.SCHEDULED,
    (S.NO_SHOW, C.CLOSE): S.CLOSED,
    (S.NO_SHOW, C.WITHDRAW): S.WITHDRAWN,
    (S.EXAMINED, C.ATTACH_MATERIAL): S.EXAMINED,
    (S.EXAMINED, C.SEND_TO_COUNCIL): S.WITH_COUNCIL,
    (S.WITH_COUNCIL, C.CERTIFY): S.APPROVED,
    (S.WITH_COUNCIL, C.REFUSE): S.NOT_CONFIRMED,
    (S.APPROVED, C.RECORD_CERTIFICATE): S.CERTIFIED,
    (S.CERTIFIED, C.HAND_OVER): S.CLOSED,
    (S.NOT_CONFIRMED, C.HAND_OVER): S.CLOSED,
}
BACK = {
    C.REOPEN_REVIEW: (
        S.SUBMITTED,
        {
            *(S.SUBMITTED, S.UNDER_REVIEW, S.RETURNED, S.DECLINED, S.WITHDRAWN),
            *(S.ADMITTED, S.SCHEDULED, S.NO_SHOW),
        },
    ),
    C.REOPEN_EXAMINATION: (
        S.ADMITTED,
        {
            *(S.ADMITTED, S.SCHEDULED, S.NO_SHOW, S.EXAMINED, S.WITH_COUNCIL),
            *(S.APPROVED, S.CERTIFIED, S.NOT_CONFIRMED, S.CLOSED),
        },
    ),
    C.REOPEN_DECISION: (
        S.WITH_COUNCIL,
        {S.WITH_COUNCIL, S.APPROVED, S.CERTIFIED, S.NOT_CONFIRMED, S.CLOSED},
    ),
}
"""The steps back of appeals: where each leads, and from where."""


@pytest.mark.parametrize("command", list(Command))
@pytest.mark.parametrize("status", list(Status))
def test_only_the_legal_steps_are_possible(status: Status, command: Command) -> None:
    target = LEGAL.get((status, command))
    if target is not None:
        assert TRANSITIONS.next_status(status, command) is target
        return
    with pytest.raises(IllegalTransition) as refusal:
        TRANSITIONS.next_status(status, command)
    possible = sorted(c for s, c in LEGAL if s is status)
    assert refusal.value.extra["possible"] == possible


@pytest.mark.parametrize("command", list(Command))
@pytest.mark.parametrize("status", list(Status))
def test_an_appeal_steps_back_and_does_nothing_else(status: Status, command: Command) -> None:
    target, statuses = BACK.get(command, (None, set()))
    if status in statuses:
        assert REOPENINGS.next_status(status, command) is target
        return
    with pytest.raises(IllegalTransition):
        REOPENINGS.next_status(status, command)


def test_somebody_acts_next_exactly_where_the_procedure_goes_on() -> None:
    goes_on = {status for status in Status if TRANSITIONS.allowed_commands(status)}
    assert set(ACTS_NEXT) == goes_on
    assert set(Status) - goes_on == FINAL_STATUSES
