"""Which version is in force on which day, and what differs: laws that hold for all inputs."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.qualification.differences import (
    CONTENT_MEMBERS,
    Difference,
    check_editorial_change,
    find_differences,
)
from services.catalog.qualification.form import QualificationDraft
from services.catalog.qualification.in_force import (
    InForceState,
    build_periods,
    find_period_in_force,
)
from shared.errors import RuleViolation

START = date(2024, 1, 1)
DAYS = st.integers(0, 1500).map(lambda days: START + timedelta(days))
EFFECTIVE = st.lists(DAYS, min_size=1, max_size=8, unique=True).map(sorted)


@given(effective=EFFECTIVE, withdrawn=st.none() | DAYS, on=DAYS)
def test_on_every_day_the_newest_begun_version_is_in_force_until_the_withdrawal(
    effective: list[date], withdrawn: date | None, on: date
) -> None:
    period = find_period_in_force(build_periods(list(enumerate(effective, 1)), withdrawn), on)
    begun_versions = [version for version, since in enumerate(effective, 1) if since <= on]
    is_ended = withdrawn is not None and withdrawn <= on
    assert (period.version if period else None) == (
        begun_versions[-1] if begun_versions and not is_ended else None
    )


@given(effective=EFFECTIVE, withdrawn=st.none() | DAYS, on=DAYS)
def test_every_version_has_one_state_and_states_follow_the_order_of_versions(
    effective: list[date], withdrawn: date | None, on: date
) -> None:
    periods = build_periods(list(enumerate(effective, 1)), withdrawn)
    states = [term.state_on(on) for term in periods]
    assert states.count(InForceState.IN_FORCE) <= 1
    end_states = {InForceState.SUPERSEDED, InForceState.WITHDRAWN}
    over = [state in end_states for state in states if state is not InForceState.SCHEDULED]
    assert over == sorted(over, reverse=True)
    for earlier, later in pairwise(periods):
        assert earlier.effective_until is not None
        assert earlier.effective_until <= later.effective_from


JSON = st.recursive(
    st.none() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xy/~", max_size=2), inner),
    max_leaves=8,
)
CONTENT = st.fixed_dictionaries({"name": st.text("ab"), "level": JSON, "requirements": JSON})


@given(before=CONTENT, after=CONTENT)
def test_there_are_differences_just_where_contents_differ(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    differences = find_differences(before, after)
    changed_members = {member for member in before if _without_none(before[member], after[member])}
    assert {difference.member for difference in differences} == changed_members
    assert all(difference.before != difference.after for difference in differences)
    mirrored = [Difference(d.pointer, d.after, d.before, d.substantive) for d in differences]
    assert _by_pointer(find_differences(after, before)) == _by_pointer(mirrored)


@given(content=CONTENT)
def test_equal_contents_do_not_differ(content: dict[str, Any]) -> None:
    assert find_differences(content, content) == []


@given(before=CONTENT, name=st.text("cd", min_size=1))
def test_a_name_is_wording_and_a_level_is_not(before: dict[str, Any], name: str) -> None:
    check_editorial_change(before, {**before, "name": name})
    with pytest.raises(RuleViolation):
        check_editorial_change(before, {**before, "level": [before["level"]]})


def _by_pointer(differences: list[Difference]) -> dict[str, tuple[Any, Any, bool]]:
    return {
        difference.pointer: (difference.before, difference.after, difference.substantive)
        for difference in differences
    }


def _without_none(value: Any, other_value: Any) -> bool:
    """Whether they differ, a member that is None counting like one that is absent."""
    return bool(_pruned(value) != _pruned(other_value))


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _pruned(inner) for key, inner in value.items() if inner is not None}
    return value


def test_every_member_of_a_qualification_is_compared() -> None:
    assert tuple(QualificationDraft.model_fields) == CONTENT_MEMBERS
