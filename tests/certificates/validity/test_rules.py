"""The calendar of notices: arithmetic without a database."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.certificates.settings import CertificatesSettings
from services.certificates.validity.rules import Notice, NoticeKind, due_notices, next_notice_on

DEFAULTS = CertificatesSettings(database_url=SecretStr("postgresql:///unused"))
THRESHOLDS = DEFAULTS.renewal_thresholds_days

days = st.dates(date(2020, 1, 1), date(2060, 12, 31))
thresholds = st.lists(st.integers(1, 400), max_size=5)


def test_notices_come_at_each_threshold_and_after_the_end() -> None:
    ends = date(2026, 12, 31)
    days_by_threshold = {90: date(2026, 10, 2), 30: date(2026, 12, 1), 7: date(2026, 12, 24)}
    given_so_far: set[Notice] = set()
    for threshold, day in days_by_threshold.items():
        assert next_notice_on(ends, THRESHOLDS, given_so_far) == day
        notice = Notice(NoticeKind.RENEWAL_DUE, threshold)
        assert notice not in due_notices(ends, day - timedelta(days=1), THRESHOLDS)
        assert notice in due_notices(ends, day, THRESHOLDS)
        given_so_far.add(notice)
    assert next_notice_on(ends, THRESHOLDS, given_so_far) == date(2027, 1, 1)
    assert Notice(NoticeKind.EXPIRED, 0) not in due_notices(ends, ends, THRESHOLDS)


@given(valid_until=days, today=days, threshold_days=thresholds)
def test_what_is_due_and_what_comes_next_never_overlap(
    valid_until: date, today: date, threshold_days: list[int]
) -> None:
    notices = due_notices(valid_until, today, threshold_days)
    following = next_notice_on(valid_until, threshold_days, notices)
    assert len(notices) == len(set(notices))
    if following is None:
        assert today > valid_until
        assert len(notices) == len(set(threshold_days)) + 1
    else:
        assert following > today


@given(valid_until=days, start=days, gap=st.integers(0, 500), threshold_days=thresholds)
def test_waiting_changes_when_notices_are_given_but_not_which(
    valid_until: date, start: date, gap: int, threshold_days: list[int]
) -> None:
    end = start + timedelta(days=gap)
    daily: list[Notice] = []
    for day in range(gap + 1):
        notices = due_notices(valid_until, start + timedelta(days=day), threshold_days)
        daily += [notice for notice in notices if notice not in daily]
    assert daily == due_notices(valid_until, end, threshold_days)
