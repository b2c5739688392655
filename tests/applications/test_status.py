"""The lifecycle, whole: every command in every status."""

import pytest

from services.applications.lifecycle.status import ACTS_NEXT, TRANSITIONS, Command, Status
from shared.errors import IllegalTransition

S, C = Status, Command
LEGAL = {
    (S.SUBMITTED, C.ATTACH_DOCUMENT): S.SUBMITTED,
    (S.SUBMITTED, C.REMOVE_DOCUMENT): S.SUBMITTED,
    (S.SUBMITTED, C.ADMIT): S.ADMITTED,
    (S.SUBMITTED, C.RETURN): S.RETURNED,
    (S.SUBMITTED, C.WITHDRAW): S.WITHDRAWN,
    (S.RETURNED, C.ATTACH_DOCUMENT): S.RETURNED,
    (S.RETURNED, C.REMOVE_DOCUMENT): S.RETURNED,
    (S.RETURNED, C.RESUBMIT): S.SUBMITTED,
    (S.RETURNED, C.WITHDRAW): S.WITHDRAWN,
    (S.ADMITTED, C.RECORD_EXAMINATION): S.EXAMINED,
    (S.ADMITTED, C.WITHDRAW): S.WITHDRAWN,
    (S.EXAMINED, C.CERTIFY): S.APPROVED,
    (S.EXAMINED, C.REFUSE): S.NOT_CONFIRMED,
    (S.APPROVED, C.RECORD_CERTIFICATE): S.CERTIFIED,
}


@pytest.mark.parametrize("command", list(Command))
@pytest.mark.parametrize("status", list(Status))
def test_only_the_legal_steps_are_possible(status: Status, command: Command) -> None:
    target = LEGAL.get((status, command))
    if target is not None:
        assert TRANSITIONS.apply(status, command) is target
        return
    with pytest.raises(IllegalTransition) as refused:
        TRANSITIONS.apply(status, command)
    possible = sorted(c for s, c in LEGAL if s is status)
    assert refused.value.extra["possible"] == possible


def test_somebody_acts_next_exactly_where_something_can_be_done() -> None:
    assert set(ACTS_NEXT) == {status for status in Status if TRANSITIONS.allowed(status)}
