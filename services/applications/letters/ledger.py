"""The letters as operations list them: filters, counts, and the routes by which they go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.letters.models import Letter, MailRoute
from services.applications.letters.queries import LetterFilter, due_letters
from services.applications.letters.rules import LetterChannel, LetterState
from shared.db import execute
from shared.metrics.database import count_rows


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """Which letters a page lists; `due_at` leaves e-mails whose next try was due then."""

    letters: LetterFilter
    due_at: datetime | None = None

    def build_conditions(self) -> list[Any]:
        """The filter as conditions of a query of `Letter`."""
        conditions = self.letters.build_conditions()
        if self.due_at is not None:
            conditions += due_letters(LetterChannel.EMAIL, self.due_at)
        return conditions


async def count_ledger(session: AsyncSession, ledger_filter: LedgerFilter) -> int:
    """How many such letters there are, up to `COUNT_LIMIT`."""
    return await count_rows(session, select(Letter.id).where(*ledger_filter.build_conditions()))


async def list_ledger(
    session: AsyncSession, ledger_filter: LedgerFilter, offset: int, limit: int
) -> Sequence[tuple[Letter, str]]:
    """Letters with the numbers of their cases, the newest first."""
    query = (
        select(Letter, col(Application.number))
        .join(Application, col(Application.id) == Letter.application_id)
        .where(*ledger_filter.build_conditions())
        .order_by(col(Letter.planned_at).desc(), col(Letter.id).desc())
        .offset(offset)
        .limit(limit)
    )
    return (await session.exec(query)).all()


@dataclass(frozen=True, slots=True)
class DueLetters:
    """E-mails whose try is due: how many, up to `COUNT_LIMIT`, and since when the oldest one."""

    count: int
    oldest_at: datetime | None


async def measure_due_letters(session: AsyncSession, now: datetime) -> DueLetters:
    """The e-mails whose try is due and not made."""
    conditions = due_letters(LetterChannel.EMAIL, now)
    oldest = select(func.min(Letter.next_attempt_at)).where(*conditions)
    oldest_at: datetime | None = (await execute(session, oldest)).scalar_one()
    return DueLetters(await count_rows(session, select(Letter.id).where(*conditions)), oldest_at)


async def list_mail_routes(session: AsyncSession) -> Sequence[Row[Any]]:
    """The routes by which letters were sent: channel, failures in a row, when it is tried again."""
    query = select(
        col(MailRoute.channel), col(MailRoute.failures), col(MailRoute.retry_at)
    ).order_by(col(MailRoute.channel))
    return (await execute(session, query)).all()


async def count_failed_letters(session: AsyncSession) -> int:
    """How many letters have failed and will be tried again, up to `COUNT_LIMIT`."""
    return await count_ledger(session, LedgerFilter(LetterFilter(state=LetterState.FAILED)))


async def count_given_up_letters(session: AsyncSession) -> int:
    """How many letters are not tried any more unless operations ask for it."""
    return await count_ledger(session, LedgerFilter(LetterFilter(state=LetterState.GIVEN_UP)))
