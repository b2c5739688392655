"""The lists of cases on the page of work: counts of tabs, pages, search, the next case.

No statement reads more than a tab's own rows up to `COUNT_LIMIT`, or those of an index's key.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, cast, false, func, literal, tuple_
from sqlalchemy import select as sql_select
from sqlalchemy.dialects.postgresql import TSQUERY, distinct_on
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.case_number import parse_case_number
from services.applications.application.models import Application, QualificationVersion
from services.applications.application.queries import quote_lexeme
from services.applications.application.status import Actor, Status
from services.applications.decision.models import Certificate, Decision
from services.applications.desk.tabs import Leader, QueueOrder, QueueTab, list_next_tabs, list_tabs
from services.applications.examination.models import Examination
from services.applications.limits.models import TimeLimit
from services.applications.limits.queries import IS_RUNNING
from services.applications.limits.rules import LimitState
from shared.councils import list_council_names
from shared.person_names import list_name_words
from shared.principal import Principal, Scope

COUNT_LIMIT = 1000
"""Cases are counted, and paged through, up to this many; who has more narrows the search."""

MIN_WORD_LENGTH = 2
"""Letters of a word from which an index is asked; shorter ones only narrow what it finds."""

CaseRow = Row[*tuple[Any, ...]]
"""A row with the columns of `CASE_COLUMNS`, or of another query."""

CASE_COLUMNS: tuple[Any, ...] = (
    *(Application.id, Application.number, Application.status, Application.erased_on),
    *(Application.family_name, Application.given_name, Application.patronymic),
    *(Application.qualification_id, Application.qualification_version),
    *(Application.reviewer, Application.closed_on),
)
"""What a list shows of a case: nothing that only the case's own page may."""


@dataclass(frozen=True, slots=True)
class NextCase:
    """The case with which the work of a tab goes on."""

    number: str
    family_name: str | None
    given_name: str | None
    patronymic: str | None
    tab: str


@dataclass(frozen=True, slots=True)
class CaseSelection:
    """Which cases of a tab a person sees: those that they may reach, as the search narrows them."""

    tab: QueueTab
    principal: Principal
    today: date
    search: str = ""
    status: Status | None = None

    def build_conditions(self) -> list[ColumnElement[bool]]:
        """The selection as conditions of a query."""
        conditions = [*self._build_tenancy(), *self._build_tab_conditions()]
        if self.status is not None:
            conditions.append(col(Application.status) == self.status)
        if self.search:
            conditions.append(_match_search(self.search))
        return conditions

    def _build_tenancy(self) -> list[ColumnElement[bool]]:
        """Whose cases the hat reaches: the centre's, the council's, or everybody's."""
        if self.tab.scope is Scope.PROCESS:
            return [col(Application.centre_number) == self.principal.centre]
        if self.tab.scope is Scope.DECIDE:
            return [col(Application.council).in_(list_council_names(self.principal.council or ""))]
        return []

    def _build_tab_conditions(self) -> list[ColumnElement[bool]]:
        tab = self.tab
        if tab.limit_state is not None:
            limits = select(TimeLimit.application_id).where(
                IS_RUNNING, _has_state(tab.limit_state, self.today)
            )
            return [col(Application.id).in_(limits)]
        if tab.is_closed:
            return [col(Application.closed_on).is_not(None)]
        conditions: list[ColumnElement[bool]] = [
            col(Application.closed_on).is_(None),
            col(Application.status).in_(tab.statuses),
        ]
        if tab.leader is Leader.SELF:
            conditions.append(col(Application.reviewer_subject) == self.principal.subject)
        elif tab.leader is Leader.NOBODY:
            conditions.append(col(Application.reviewer_subject).is_(None))
        return conditions

    def build_order(self) -> list[ColumnElement[Any]]:
        """The order of the tab, as its description says."""
        order = self.tab.order
        if order is QueueOrder.CLOSED:
            return [col(Application.closed_on).desc(), col(Application.id).desc()]
        receipt: list[ColumnElement[Any]] = [
            col(Application.submitted_at).asc(),
            col(Application.id).asc(),
        ]
        if order is QueueOrder.WAITING:
            return receipt
        nearest_day = (
            select(func.min(TimeLimit.due_on))
            .where(
                TimeLimit.application_id == Application.id,
                IS_RUNNING,
                *_of_party(self.tab.responsible),
            )
            .correlate(Application)
            .scalar_subquery()
        )
        return [nearest_day.asc().nulls_last(), *receipt]


def _has_state(limit_state: LimitState, today: date) -> ColumnElement[bool]:
    """Whether a running limit is late, or at risk and not late yet."""
    if limit_state is LimitState.LATE:
        return col(TimeLimit.due_on) < today
    return (col(TimeLimit.at_risk_on) <= today) & (col(TimeLimit.due_on) >= today)


def _of_party(responsible: Actor | None) -> list[ColumnElement[bool]]:
    return [] if responsible is None else [col(TimeLimit.responsible) == responsible]


def _match_search(search: str) -> ColumnElement[bool]:
    """What a search finds: names, which have no digits, or else numbers, which have."""
    if any(character.isdecimal() for character in search):
        return _match_number(search)
    return _match_name(search)


def _match_number(search: str) -> ColumnElement[bool]:
    """The case, protocol, certificate or statement of this number."""
    by_case_number = select(Application.id).where(
        Application.number == (parse_case_number(search) or search)
    )
    lowered_search = func.lower(search)
    case_ids = by_case_number.union_all(
        select(Examination.application_id).where(
            func.lower(Examination.protocol_number) == lowered_search
        ),
        select(Decision.application_id).where(
            func.lower(Decision.protocol_number) == lowered_search
        ),
        select(Decision.application_id).where(Decision.statement_number == search),
        select(Certificate.application_id).where(Certificate.number == search),
    )
    return col(Application.id).in_(case_ids)


def _match_name(search: str) -> ColumnElement[bool]:
    """Names in which every word of the search begins a word; none for a lone initial."""
    words = list_name_words(search)
    if all(len(word) < MIN_WORD_LENGTH for word in words):
        return false()
    return and_(*map(_match_word, words))


def _match_word(word: str) -> ColumnElement[bool]:
    """Names in which a word begins so."""
    words_column: Any = col(Application.name_words)
    if len(word) < MIN_WORD_LENGTH:
        words_column = func.strip(words_column)  # no index has it
    matches: ColumnElement[bool] = words_column.bool_op("@@")(
        cast(f"{quote_lexeme(word)}:*", TSQUERY)
    )
    return matches


async def count_cases(session: AsyncSession, selections: Sequence[CaseSelection]) -> list[int]:
    """How many cases each selection has, in one statement; at most `COUNT_LIMIT` and one more."""
    counts = []
    for position, selection in enumerate(selections):
        rows = select(literal(1)).select_from(Application).where(*selection.build_conditions())
        bounded_rows = rows.limit(COUNT_LIMIT + 1).subquery()
        count = select(func.count()).select_from(bounded_rows).scalar_subquery()
        counts.append(count.label(f"count_{position}"))
    connection = await session.connection()
    return list((await connection.execute(sql_select(*counts))).one())


async def list_cases(
    session: AsyncSession, selection: CaseSelection, offset: int, limit: int
) -> Sequence[CaseRow]:
    """A page of the selection in the tab's order: rows with the columns of `CASE_COLUMNS`."""
    query = sql_select(*CASE_COLUMNS).where(*selection.build_conditions())
    return await _fetch_rows(
        session, query.order_by(*selection.build_order()).offset(offset).limit(limit)
    )


async def get_nearest_limits(
    session: AsyncSession, case_ids: Sequence[UUID], responsible: Actor | None
) -> dict[UUID, TimeLimit]:
    """The running limit of each case whose last day is nearest, where it has one.

    `responsible` restricts it to the limits that this party must meet.
    """
    query = (
        select(TimeLimit)
        .where(col(TimeLimit.application_id).in_(case_ids), IS_RUNNING, *_of_party(responsible))
        .ext(distinct_on(col(TimeLimit.application_id)))
        .order_by(col(TimeLimit.application_id), col(TimeLimit.due_on), col(TimeLimit.id))
    )
    return {limit.application_id: limit for limit in (await session.exec(query)).all()}


async def get_qualification_names(
    session: AsyncSession, version_keys: Collection[tuple[UUID, int]]
) -> dict[tuple[UUID, int], str]:
    """The names of qualifications by id and version."""
    version_columns = (col(QualificationVersion.id), col(QualificationVersion.version))
    name = func.jsonb_extract_path_text(QualificationVersion.payload, "qualification", "name")
    query = sql_select(*version_columns, name).where(tuple_(*version_columns).in_(version_keys))
    rows = await _fetch_rows(session, query)
    return {(version_id, version): name for version_id, version, name in rows}


async def find_next_case(
    session: AsyncSession, principal: Principal, today: date, status: Status, case_id: UUID
) -> NextCase | None:
    """The most pressing case like the one that was just dealt with; None when none is left.

    `status` is what that one, `case_id`, had before: the next has it as well, in the same tab.
    """
    for tab in list_next_tabs(list_tabs(principal), status):
        selection = CaseSelection(tab, principal, today, status=status)
        query = sql_select(*CASE_COLUMNS).where(
            *selection.build_conditions(), col(Application.id) != case_id
        )
        rows = await _fetch_rows(session, query.order_by(*selection.build_order()).limit(1))
        for row in rows:
            return NextCase(row.number, row.family_name, row.given_name, row.patronymic, tab.name)
    return None


async def _fetch_rows(session: AsyncSession, query: Select[*tuple[Any, ...]]) -> Sequence[CaseRow]:
    connection = await session.connection()
    return (await connection.execute(query)).all()
