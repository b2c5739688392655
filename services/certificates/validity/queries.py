"""Reading the ledger of notices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import Certificate
from services.certificates.validity.models import ValidityNotice
from services.certificates.validity.rules import EXPIRY_THRESHOLD, NoticeKind, SuppressionReason
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


_SORT_KEYS: list[SortKey] = [
    (col(ValidityNotice.noticed_on), date),
    (col(ValidityNotice.certificate_id), UUID),
    (col(ValidityNotice.generation), int),
    (col(ValidityNotice.threshold_days), int),
]


async def list_notices(
    session: AsyncSession, notice_filter: NoticeFilter, cursor: str | None, limit: int
) -> tuple[Sequence[ValidityNotice], str | None]:
    """A page of the ledger, the newest first, and the next one's cursor."""
    query = select(ValidityNotice).where(*notice_filter.build_conditions())
    return await get_newest_page(session, query, _SORT_KEYS, cursor, limit)
