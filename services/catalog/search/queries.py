"""Finding versions: full text in Russian, filters, pages that miss nothing."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Numeric, cast, func, literal, or_, tuple_
from sqlalchemy.dialects.postgresql import REGCONFIG
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.qualification.models import QualificationVersion
from services.catalog.qualification.queries import Standing, in_force, selected
from services.catalog.qualification.search_text import folded
from services.catalog.qualification.status import Status
from shared import paging

_RUSSIAN = cast(literal("russian"), REGCONFIG)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which versions a list asks for: those in force on a day, or those in a status.

    `area` is the area of activity: the first two digits of a standard's code. None asks for all.
    """

    on: date
    text: str | None = None
    level: int | None = None
    standard: str | None = None
    area: str | None = None
    council: str | None = None
    status: Status | None = None


async def page(
    session: AsyncSession, wanted: Filter, cursor: str | None, limit: int
) -> tuple[Sequence[Standing], str | None]:
    """A page and the cursor of the next one: the best matches first, then by name."""
    rank = _rank(wanted.text)
    place = (
        rank,
        col(QualificationVersion.name),
        col(QualificationVersion.qualification_id),
        col(QualificationVersion.version),
    )
    query = _filtered(wanted).add_columns(rank).order_by(*place)
    if cursor is not None:
        rank_then, name, last, version = paging.decode(cursor, Decimal, str, UUID, int)
        query = query.where(tuple_(*place) > tuple_(rank_then, name, last, version))
    rows = (await session.exec(query.limit(limit + 1))).all()
    shown = [Standing.of(tuple(row[:3])) for row in rows[:limit]]
    if len(rows) <= limit:
        return shown, None
    last_shown = shown[-1].version
    return shown, paging.encode(
        rows[limit - 1][3], last_shown.name, last_shown.qualification_id, last_shown.version
    )


async def stream(session: AsyncSession, wanted: Filter) -> AsyncIterator[Standing]:
    """All that the filter asks for, by id, read as they are consumed."""
    order = (col(QualificationVersion.qualification_id), col(QualificationVersion.version))
    query = _filtered(wanted).order_by(*order).execution_options(yield_per=100)
    async for row in await session.stream(query):
        yield Standing.of(tuple(row[:3]))


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from in a filter."""

    councils: list[str]
    areas: list[str]


async def choices(session: AsyncSession, on: date) -> Choices:
    """The councils and the areas of activity that have a qualification in force on the day."""
    version = QualificationVersion
    query = selected().where(in_force(on)).with_only_columns(version.council, version.standards)
    rows = (await session.exec(query.distinct())).all()
    areas = {code[:2] for _, codes in rows for code in codes}
    return Choices(sorted({council for council, _ in rows}), sorted(areas))


def _filtered(wanted: Filter) -> Any:
    version = QualificationVersion
    query = selected()
    if wanted.status is None:
        query = query.where(in_force(wanted.on))
    else:
        query = query.where(version.status == wanted.status)
    if wanted.text and folded(wanted.text).split():
        query = query.where(_matches(wanted.text))
    if wanted.level is not None:
        query = query.where(version.level == wanted.level)
    if wanted.standard is not None:
        query = query.where(col(version.standards).contains([wanted.standard]))
    if wanted.area is not None:
        codes = func.array_to_string(version.standards, " ")
        query = query.where((" " + codes).contains(f" {wanted.area}.", autoescape=True))
    if wanted.council is not None:
        query = query.where(version.council == wanted.council)
    return query


def _matches(text: str) -> ColumnElement[bool]:
    """Every word occurs, as a form of the word or as the beginning of one, or as it is written.

    The parser makes of "A/01.3" or "100%" what it makes of them in the stored text; words that it
    drops, such as prepositions, are not asked for.
    """
    search = col(QualificationVersion.search)
    stored = func.concat_ws(" ", QualificationVersion.search_name, QualificationVersion.search_text)
    conditions = [
        or_(search.op("@@")(_query(word)), stored.contains(word, autoescape=True))
        for word in folded(text).split()
    ]
    every = conditions[0]
    for condition in conditions[1:]:
        every &= condition
    return every


def _query(word: str) -> ColumnElement[Any]:
    """The word's stem as the beginning of a stored one."""
    quoted = "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
    return func.to_tsquery(_RUSSIAN, f"{quoted}:*")


def _rank(text: str | None) -> ColumnElement[Decimal]:
    """How far from the best match; 0 for all when no text is asked for."""
    if not text or not text.split():
        return cast(literal(0), Numeric)
    words = func.plainto_tsquery(_RUSSIAN, folded(text))
    ranked = func.ts_rank(QualificationVersion.search, words)
    return cast(func.round(cast(-ranked, Numeric), 6), Numeric)
