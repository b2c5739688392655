"""Which letters would be planned on a day to come, by channel, without writing any.

It is supposed that nothing changes and no day is missed until then: certificates end as they do
now, and files say what they say now. Only what is due on that day is read: for each threshold the
certificates that end so many days later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.letters.models import NoticePlan
from services.applications.letters.queries import NO_RENEWAL_STATUSES
from services.applications.letters.rules import CHANNEL_ORDERS, LetterChannel
from services.applications.settings import ApplicationsSettings
from shared.councils import list_council_names
from shared.db import execute
from shared.errors import RuleViolation
from shared.events.catalog import QualificationNoticePlanSet

GROUP_LIMIT = 1000
"""So many centres, councils and channels are told one by one; the totals count all."""
FIRST_POSITION = (-1, UUID(int=0))
"""Before the first row: a threshold and an application's id."""


class RehearsedChannel(StrEnum):
    """How a holder would be told."""

    EMAIL = "email"
    POST = "post"
    PHONE = "phone"
    WAITING = "waiting"
    """They have applied for a new certificate: the letter waits for what comes of that."""
    NONE = "none"
    """Not at all: there is no address, consent is withdrawn, or they want no reminders."""


_HAS_ADDRESS = {
    LetterChannel.EMAIL: """a.email <> '' AND NOT EXISTS (
        SELECT FROM barred_address AS barred
        WHERE barred.application_id = a.id AND barred.reason IN ('refused', 'bounced'))""",
    LetterChannel.PHONE: "a.phone <> ''",
    LetterChannel.POST: "coalesce(a.postal_address, a.address) <> ''",
}


def _build_channel_sql() -> str:
    """The first channel that has an address, in the order of what the holder chose."""
    branches = []
    for choice, order in CHANNEL_ORDERS.items():
        cases = " ".join(f"WHEN {_HAS_ADDRESS[channel]} THEN '{channel}'" for channel in order)
        condition = "a.notify_by IS NULL" if choice is None else f"a.notify_by = '{choice}'"
        branches.append(f"WHEN {condition} THEN CASE {cases} ELSE 'none' END")
    return f"CASE {' '.join(branches)} ELSE 'none' END"


_LETTERS = (Path(__file__).parent / "rehearsal.sql").read_text("utf-8")
_GROUPS = """
    SELECT centre_number, council, channel, count(*) AS group_size, count(*) OVER () AS group_total
    FROM letter GROUP BY centre_number, council, channel
    ORDER BY group_size DESC, centre_number, council, channel LIMIT :limit
"""
_TOTALS = "SELECT channel, count(*) AS total FROM letter GROUP BY channel"
_ROWS = """
    SELECT application_id, case_number, number, ends_on, centre_number, council,
           days AS threshold_days, channel
    FROM letter
    WHERE (CAST(:centre AS text) IS NULL OR centre_number = :centre)
      AND (CAST(:council AS text) IS NULL OR council = :council)
      AND (CAST(:channel AS text) IS NULL OR channel = :channel)
      AND (days, application_id) > (:after_days, :after_id)
    ORDER BY days, application_id OFFSET :offset LIMIT :limit
"""


def _build_statement(ending: str) -> TextClause:
    return text(f"{_LETTERS.replace('channel_of_file', _build_channel_sql(), 1)}{ending}")


GROUPS_STATEMENT = _build_statement(_GROUPS)
TOTALS_STATEMENT = _build_statement(_TOTALS)
ROWS_STATEMENT = _build_statement(_ROWS)


@dataclass(frozen=True, slots=True)
class RehearsedLetters:
    """The letters to holders of one centre and council over one channel."""

    centre_number: str
    council: str
    channel: RehearsedChannel
    group_size: int


@dataclass(frozen=True, slots=True)
class LetterRehearsal:
    """The letters of a day by channel, and in groups, the largest first."""

    rehearsed_on: date
    totals: dict[RehearsedChannel, int]
    group_total: int
    groups: Sequence[RehearsedLetters]


@dataclass(frozen=True, slots=True)
class RehearsedLetterFilter:
    """Which letters of a rehearsal; None where all are meant."""

    centre: str | None = None
    council: str | None = None
    channel: RehearsedChannel | None = None

    def count_letters(self, rehearsal: LetterRehearsal) -> int:
        """How many of the rehearsal's letters are meant, of the groups that it tells."""
        if self.centre is None and self.council is None and self.channel is not None:
            return rehearsal.totals[self.channel]
        council_names = list_council_names(self.council or "")
        return sum(
            group.group_size
            for group in rehearsal.groups
            if self.centre in {None, group.centre_number}
            and (self.council is None or group.council in council_names)
            and self.channel in {None, group.channel}
        )


async def keep_notice_plan(session: AsyncSession, event: QualificationNoticePlanSet) -> None:
    """Keeps the plan that a council has set; one that was overtaken changes nothing."""
    statement = insert(NoticePlan).values(
        qualification_id=event.qualification_id,
        revision=event.revision,
        thresholds_days=event.thresholds_days and list(event.thresholds_days),
    )
    news = statement.excluded
    await execute(
        session,
        statement.on_conflict_do_update(
            index_elements=[col(NoticePlan.qualification_id)],
            set_={"revision": news.revision, "thresholds_days": news.thresholds_days},
            where=col(NoticePlan.revision) < news.revision,
        ),
    )


def check_rehearsed_day(rehearsed_on: date, today: date) -> None:
    """Refuses a day that is over. Raises `RuleViolation`."""
    if rehearsed_on < today:
        raise RuleViolation(
            "rehearsal.past",
            "Rehearse today or a day to come: the list of letters tells of past days.",
            field="#query/on",
        )


async def rehearse_letters(
    session: AsyncSession, settings: ApplicationsSettings, rehearsed_on: date
) -> LetterRehearsal:
    """The letters that would be planned on this day."""
    parameters = _build_parameters(settings, rehearsed_on)
    totals = dict.fromkeys(RehearsedChannel, 0)
    for row in await execute(session, TOTALS_STATEMENT, parameters):
        totals[RehearsedChannel(row.channel)] = row.total
    rows = (await execute(session, GROUPS_STATEMENT, {**parameters, "limit": GROUP_LIMIT})).all()
    groups = [
        RehearsedLetters(
            row.centre_number, row.council, RehearsedChannel(row.channel), row.group_size
        )
        for row in rows
    ]
    return LetterRehearsal(rehearsed_on, totals, rows[0].group_total if rows else 0, groups)


async def list_rehearsed_letters(
    session: AsyncSession,
    settings: ApplicationsSettings,
    rehearsed_on: date,
    letter_filter: RehearsedLetterFilter,
    limit: int,
    *,
    after: tuple[int, UUID] = FIRST_POSITION,
    offset: int = 0,
) -> Sequence[Row[Any]]:
    """The letters one by one, by threshold and application, after this one."""
    parameters = {
        **_build_parameters(settings, rehearsed_on),
        "centre": letter_filter.centre,
        "council": letter_filter.council,
        "channel": letter_filter.channel,
        "after_days": after[0],
        "after_id": after[1],
        "offset": offset,
        "limit": limit,
    }
    return (await execute(session, ROWS_STATEMENT, parameters)).all()


def _build_parameters(settings: ApplicationsSettings, rehearsed_on: date) -> dict[str, Any]:
    return {
        "rehearsed_on": rehearsed_on,
        "default_days": [*settings.renewal_thresholds_days, 0],
        "ended_statuses": [str(status) for status in NO_RENEWAL_STATUSES],
    }
