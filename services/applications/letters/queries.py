"""Reading letters, and what decides whether one is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, func, literal_column
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.application.status import Status
from services.applications.decision.models import Certificate
from services.applications.intake.queries import get_consent
from services.applications.letters.addresses import is_barred
from services.applications.letters.models import Letter
from services.applications.letters.rules import (
    ALWAYS_TOLD,
    OPEN_STATES,
    BarReason,
    LetterChannel,
    LetterKind,
    LetterReason,
    LetterState,
)
from services.applications.settings import ApplicationsContext
from shared.paging import SortKey, get_sorted_page

_SORT_KEYS: list[SortKey] = [(col(Letter.planned_at), AwareDatetime), (col(Letter.id), UUID)]
_recertified_number: ColumnElement[str] = literal_column("application.recertifies ->> 'number'")
"""Written out, as the index has it."""
NO_RENEWAL_STATUSES = (
    *(Status.DRAFT, Status.DECLINED, Status.WITHDRAWN, Status.NOT_CONFIRMED, Status.CLOSED),
)
"""The statuses in which an application does not lead to a new certificate, or has led to it."""


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which letters a list shows; every field is None where all are meant."""

    application_id: UUID | None = None
    certificate_id: UUID | None = None
    number: str | None = None
    kind: LetterKind | None = None
    state: LetterState | None = None
    channel: LetterChannel | None = None
    reason: LetterReason | None = None
    planned_from: datetime | None = None
    planned_to: datetime | None = None

    def build_conditions(self) -> list[Any]:
        """The filter as conditions of a query of `Letter`; the instants are inclusive."""
        column_values: tuple[tuple[Any, object], ...] = (
            (Letter.application_id, self.application_id),
            (Letter.certificate_id, self.certificate_id),
            (Letter.number, self.number),
            (Letter.kind, self.kind),
            (Letter.state, self.state),
            (Letter.channel, self.channel),
            (Letter.reason, self.reason),
        )
        conditions = [column == value for column, value in column_values if value is not None]
        if self.planned_from is not None:
            conditions.append(Letter.planned_at >= self.planned_from)
        if self.planned_to is not None:
            conditions.append(Letter.planned_at <= self.planned_to)
        return conditions


async def list_letters(
    session: AsyncSession,
    letter_filter: LetterFilter,
    cursor: str | None,
    limit: int,
    *,
    sort: str = "-planned_at",
) -> tuple[Sequence[Letter], str | None]:
    """A page of letters and the next one's cursor, the newest first.

    With `sort="planned_at"` the oldest is first.
    """
    query = select(Letter).where(*letter_filter.build_conditions())
    return await get_sorted_page(session, query, _SORT_KEYS, cursor, limit, sort=sort)


def due_letters(channel: LetterChannel, now: datetime) -> tuple[Any, ...]:
    """The conditions of letters whose next try is due; also those whose claim has ended.

    A planned letter that has a reason waits.
    """
    return (
        Letter.channel == channel,
        col(Letter.state).in_(OPEN_STATES),
        col(Letter.next_attempt_at) <= now,
        (col(Letter.state) != LetterState.PLANNED) | col(Letter.reason).is_(None),
    )


async def count_due_letters(session: AsyncSession, now: datetime) -> int:
    """How many letters wait for a try that is due."""
    query = select(func.count()).where(*due_letters(LetterChannel.EMAIL, now))
    return (await session.exec(query)).one()


async def find_reason(
    context: ApplicationsContext, application: Application, letter: Letter
) -> LetterReason | None:
    """Why the letter is not sent, by what the file says now; None where it is."""
    if application.erased_on is not None:
        return LetterReason.ERASED
    if letter.kind in ALWAYS_TOLD:
        return None
    consent = await get_consent(context.session, application.id)
    if consent is None or consent.withdrawn_at is not None:
        return LetterReason.CONSENT_WITHDRAWN
    reason = await _find_reason_of_certificate(context.session, letter)
    if reason is not None or letter.kind is not LetterKind.RENEWAL_DUE:
        return reason
    return await _find_reason_of_reminder(context, application, letter)


async def _find_reason_of_certificate(session: AsyncSession, letter: Letter) -> LetterReason | None:
    """What has happened to the certificate since: a letter can come to its end long after."""
    certificate = await session.get(Certificate, letter.application_id)
    if certificate is None or certificate.certificate_id != letter.certificate_id:
        return None
    if certificate.final_kind is not None:
        return LetterReason(certificate.final_kind)
    return LetterReason.EXTENDED if certificate.ends_on > letter.day else None


async def _find_reason_of_reminder(
    context: ApplicationsContext, application: Application, letter: Letter
) -> LetterReason | None:
    if letter.day < context.today:
        return LetterReason.OVERTAKEN
    if letter.channel is LetterChannel.EMAIL and await is_barred(
        context, application, BarReason.UNSUBSCRIBED
    ):
        return LetterReason.UNSUBSCRIBED
    if await _is_renewal_in_hand(context.session, application, letter.number):
        return LetterReason.RENEWAL_IN_HAND
    return None


async def _is_renewal_in_hand(session: AsyncSession, application: Application, number: str) -> bool:
    """Whether the same person has applied to confirm this certificate's qualification again.

    The number alone would let anybody silence another's letters by naming their certificate.
    """
    earlier = aliased(Application)
    query = select(Application.id).where(
        _recertified_number == number,
        earlier.id == application.id,
        Application.qualification_id == earlier.qualification_id,
        Application.name_words == earlier.name_words,
        Application.birth_date == earlier.birth_date,
        col(Application.status).not_in(NO_RENEWAL_STATUSES),
    )
    return (await session.exec(query.limit(1))).first() is not None
