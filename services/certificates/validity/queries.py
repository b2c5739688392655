"""Reading the ledger of notices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import Certificate
from services.certificates.validity.expiries import WEEK_DAYS
from services.certificates.validity.gauges import NOTICES_JOB
from services.certificates.validity.models import ValidityNotice
from services.certificates.validity.rules import EXPIRY_THRESHOLD, NoticeKind, SuppressionReason
from shared.db import execute
from shared.job_states.rows import is_set_aside
from shared.metrics.database import count_rows
from shared.paging import SortKey, get_newest_page


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """Which notices of the ledger; every field is None where all are meant.

    `reason` is that of a suppressed notice; `is_published` asks for those without a reason, or with
    any. The days are inclusive.
    """

    certificate_id: UUID | None = None
    number: str | None = None
    kind: NoticeKind | None = None
    reason: SuppressionReason | None = None
    is_published: bool | None = None
    due_from: date | None = None
    due_to: date | None = None

    def build_conditions(self) -> list[Any]:
        """The filter as conditions of a query of `ValidityNotice`."""
        notice = ValidityNotice
        conditions: list[Any] = []
        if self.certificate_id is not None:
            conditions.append(notice.certificate_id == self.certificate_id)
        if self.number is not None:
            ids = select(Certificate.id).where(Certificate.number == self.number)
            conditions.append(col(notice.certificate_id).in_(ids))
        if self.kind is not None:
            is_expiry = notice.threshold_days == EXPIRY_THRESHOLD
            conditions.append(is_expiry if self.kind is NoticeKind.EXPIRED else ~is_expiry)
        if self.reason is not None:
            conditions.append(notice.reason == self.reason)
        if self.is_published is not None:
            has_no_reason = col(notice.reason).is_(None)
            conditions.append(has_no_reason if self.is_published else ~has_no_reason)
        if self.due_from is not None:
            conditions.append(notice.due_on >= self.due_from)
        if self.due_to is not None:
            conditions.append(notice.due_on <= self.due_to)
        return conditions

    def build_sort_keys(self) -> list[SortKey]:
        """By the day of entry; by the day due where that is asked for, so that an index has both.

        Either is the newest first: what is due is entered on the same day, but after an outage.
        """
        asks_for_due_day = self.due_from is not None or self.due_to is not None
        notice = ValidityNotice
        return [
            (col(notice.due_on if asks_for_due_day else notice.noticed_on), date),
            (col(notice.certificate_id), UUID),
            (col(notice.generation), int),
            (col(notice.threshold_days), int),
        ]


async def list_notices(
    session: AsyncSession, notice_filter: NoticeFilter, cursor: str | None, limit: int
) -> tuple[Sequence[ValidityNotice], str | None]:
    """A page of the ledger, the newest first, and the next one's cursor."""
    query = select(ValidityNotice).where(*notice_filter.build_conditions())
    return await get_newest_page(session, query, notice_filter.build_sort_keys(), cursor, limit)


async def count_ledger(session: AsyncSession, notice_filter: NoticeFilter) -> int:
    """How many notices of the ledger there are, up to `COUNT_LIMIT`."""
    notices = select(ValidityNotice.certificate_id).where(*notice_filter.build_conditions())
    return await count_rows(session, notices)


async def list_ledger(
    session: AsyncSession, notice_filter: NoticeFilter, offset: int, limit: int
) -> Sequence[tuple[ValidityNotice, str, date]]:
    """Notices with the number and day of issue of their certificates, the newest first."""
    query = (
        select(ValidityNotice, col(Certificate.number), col(Certificate.issued_on))
        .join(Certificate, col(Certificate.id) == ValidityNotice.certificate_id)
        .where(*notice_filter.build_conditions())
        .order_by(*(column.desc() for column, _ in notice_filter.build_sort_keys()))
        .offset(offset)
        .limit(limit)
    )
    return (await session.exec(query)).all()


@dataclass(frozen=True, slots=True)
class CertificateList:
    """Certificates with a notice to come: those of which one is due, or those that end in days."""

    conditions: Sequence[Any]
    order: Sequence[Any]

    @classmethod
    def of_due(cls, today: date) -> "CertificateList":
        """Those of which a notice is due, but for those set aside; the longest waiting first."""
        is_due = col(Certificate.next_notice_on) <= today
        return cls(
            [is_due, ~is_set_aside(NOTICES_JOB, col(Certificate.id))],
            [col(Certificate.next_notice_on), col(Certificate.id)],
        )

    @classmethod
    def of_week(cls, monday: date, today: date) -> "CertificateList":
        """Those that end in a week, from today on."""
        return cls(
            [
                col(Certificate.next_notice_on).is_not(None),
                col(Certificate.ends_on) >= max(monday, today),
                col(Certificate.ends_on) < monday + timedelta(days=WEEK_DAYS),
            ],
            [col(Certificate.ends_on), col(Certificate.id)],
        )

    async def count(self, session: AsyncSession) -> int:
        """How many there are, up to `COUNT_LIMIT`."""
        return await count_rows(session, select(Certificate.id).where(*self.conditions))

    async def load_rows(self, session: AsyncSession, offset: int, limit: int) -> Sequence[Row[Any]]:
        """Number, day of issue, last day and next notice of some of them, in their order."""
        query = (
            select(
                col(Certificate.number),
                col(Certificate.issued_on),
                col(Certificate.ends_on),
                col(Certificate.next_notice_on),
            )
            .where(*self.conditions)
            .order_by(*self.order)
            .offset(offset)
            .limit(limit)
        )
        return (await execute(session, query)).all()
