"""Searches versions: full text in Russian, filters, and pages without gaps."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Numeric, cast, func, literal, or_, tuple_
from sqlalchemy.dialects.postgresql import REGCONFIG
from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.qualification.models import QualificationVersion
from services.catalog.qualification.queries import DatedVersion, is_in_force, select_versions
from services.catalog.qualification.status import Status
from shared import paging
from shared.councils import list_council_names
from shared.text import normalize_title
from shared.values.pasted import drop_number_sign

_RUSSIAN = cast(literal("russian"), REGCONFIG)
_WITHOUT_CONTENT = defer(QualificationVersion.content)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class VersionFilter:
    """Which versions a list asks for: those in force on a day, or those in a status.

    `area` is the area of activity: the first two digits of a standard's code. None means any.
    """

    on: date
    text: str | None = None
    level: int | None = None
    standard: str | None = None
    area: str | None = None
    council: str | None = None
    status: Status | None = None


async def search_versions(
    session: AsyncSession, version_filter: VersionFilter, cursor: str | None, limit: int
) -> tuple[Sequence[DatedVersion], str | None]:
    """A page of versions, best matches first, then by name, and the next page's cursor.

    The cursor is None on the last page. The versions come without their content.
    """
    rank = _rank_distance(version_filter.text)
    sort_key = (
        rank,
        col(QualificationVersion.name),
        col(QualificationVersion.qualification_id),
        col(QualificationVersion.version),
    )
    query = _select_filtered(version_filter).add_columns(rank).order_by(*sort_key)
    query = query.options(_WITHOUT_CONTENT)
    if cursor is not None:
        last_rank, last_name, last_id, last_version = paging.decode_cursor(
            cursor, Decimal, str, UUID, int
        )
        query = query.where(tuple_(*sort_key) > tuple_(last_rank, last_name, last_id, last_version))
    rows = (await session.exec(query.limit(limit + 1))).all()
    dated_versions = [DatedVersion.from_row(tuple(row[:3])) for row in rows[:limit]]
    if len(rows) <= limit:
        return dated_versions, None
    last_row = dated_versions[-1].row
    return dated_versions, paging.encode_cursor(
        rows[limit - 1][3], last_row.name, last_row.qualification_id, last_row.version
    )


async def list_versions_from(
    session: AsyncSession, version_filter: VersionFilter, offset: int, limit: int
) -> Sequence[DatedVersion]:
    """The versions from a place of the same order on, counted from 0, without their content.

    For people, who turn pages back and forth; programs take cursors, which miss nothing when the
    catalogue changes meanwhile.
    """
    rank = _rank_distance(version_filter.text)
    version = QualificationVersion
    sort_key = (rank, col(version.name), col(version.qualification_id), col(version.version))
    query = _select_filtered(version_filter).options(_WITHOUT_CONTENT).order_by(*sort_key)
    rows = (await session.exec(query.offset(offset).limit(limit))).all()
    return [DatedVersion.from_row(row) for row in rows]


async def count_versions(session: AsyncSession, version_filter: VersionFilter) -> int:
    """How many versions the filter selects."""
    selection = _select_filtered(version_filter).with_only_columns(QualificationVersion.version)
    query = select(func.count()).select_from(selection.subquery())
    return (await session.exec(query)).one()


async def stream_versions(
    session: AsyncSession, version_filter: VersionFilter
) -> AsyncIterator[DatedVersion]:
    """All versions that the filter selects, by id, read from the database as they are consumed."""
    sort_key = (col(QualificationVersion.qualification_id), col(QualificationVersion.version))
    query = _select_filtered(version_filter).order_by(*sort_key).execution_options(yield_per=100)
    async for row in await session.stream(query):
        yield DatedVersion.from_row(tuple(row[:3]))


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """The values that a person can choose from in a filter."""

    councils: list[str]
    areas: list[str]


async def list_filter_choices(session: AsyncSession, on: date) -> FilterChoices:
    """The councils and the areas of activity that have a qualification in force on the day."""
    version = QualificationVersion
    query = (
        select_versions()
        .where(is_in_force(on))
        .with_only_columns(version.council, version.standards)
    )
    rows = (await session.exec(query.distinct())).all()
    areas = {code[:2] for _, codes in rows for code in codes}
    return FilterChoices(sorted({council for council, _ in rows}), sorted(areas))


def _select_filtered(version_filter: VersionFilter) -> Any:
    """The select of the versions that the filter asks for, unordered."""
    version = QualificationVersion
    query = select_versions()
    if version_filter.status is None:
        query = query.where(is_in_force(version_filter.on))
    else:
        query = query.where(version.status == version_filter.status)
    if version_filter.text and (words := _split_words(version_filter.text)):
        query = query.where(_matches_words(words))
    if version_filter.level is not None:
        query = query.where(version.level == version_filter.level)
    if version_filter.standard is not None:
        query = query.where(col(version.standards).contains([version_filter.standard]))
    if version_filter.area is not None:
        codes = func.array_to_string(version.standards, " ")
        query = query.where((" " + codes).contains(f" {version_filter.area}.", autoescape=True))
    if version_filter.council is not None:
        query = query.where(col(version.council).in_(list_council_names(version_filter.council)))
    return query


def _split_words(text: str) -> list[str]:
    """The words that are looked for, in the form in which they are stored."""
    return normalize_title(drop_number_sign(text)).split()


def _matches_words(words: Sequence[str]) -> ColumnElement[bool]:
    """The condition that every one of the words occurs in a version.

    A word occurs as a grammatical form, as the beginning of a word, or as it is written. The parser
    makes of "A/01.3" or "100%" what it makes of them in the stored text; words that it drops, such
    as prepositions, are not searched for.
    """
    search_vector = col(QualificationVersion.search)
    stored_text = func.concat_ws(
        " ", QualificationVersion.search_name, QualificationVersion.search_text
    )
    conditions = [
        or_(
            search_vector.op("@@")(_prefix_query(word)), stored_text.contains(word, autoescape=True)
        )
        for word in words
    ]
    all_conditions = conditions[0]
    for condition in conditions[1:]:
        all_conditions &= condition
    return all_conditions


def _prefix_query(word: str) -> ColumnElement[Any]:
    """The query for stored words that begin with the stem of the word."""
    quoted_word = "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
    return func.to_tsquery(_RUSSIAN, f"{quoted_word}:*")


def _rank_distance(text: str | None) -> ColumnElement[Decimal]:
    """The negative relevance to the text, so that ascending order has the best match first.

    It is 0 for all versions when there is no text.
    """
    if not text or not text.split():
        return cast(literal(0), Numeric)
    words_query = func.plainto_tsquery(_RUSSIAN, " ".join(_split_words(text)))
    relevance = func.ts_rank(QualificationVersion.search, words_query)
    return cast(func.round(cast(-relevance, Numeric), 6), Numeric)
