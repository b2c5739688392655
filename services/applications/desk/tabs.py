"""The tabs of the page of work: which cases stand in each, for whom, in which order. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.applications.application.status import FINAL_STATUSES, Actor, Status
from services.applications.limits.rules import LimitState
from shared.principal import Principal, Scope

REVIEW_STATUSES = (Status.SUBMITTED, Status.UNDER_REVIEW)
EXAMINATION_STATUSES = (Status.ADMITTED, Status.SCHEDULED, Status.NO_SHOW, Status.EXAMINED)
HAND_OVER_STATUSES = (Status.CERTIFIED, Status.NOT_CONFIRMED)
CENTRE_STATUSES = (*REVIEW_STATUSES, *EXAMINATION_STATUSES, *HAND_OVER_STATUSES)
CLOSED_STATUSES = tuple(status for status in Status if status in FINAL_STATUSES)
SUBMITTED_STATUSES = tuple(status for status in Status if status is not Status.DRAFT)
"""A draft is the applicant's alone: no tab has it."""
OPEN_STATUSES = tuple(status for status in SUBMITTED_STATUSES if status not in FINAL_STATUSES)


class Leader(StrEnum):
    """Whose cases a tab has, by who leads them."""

    SELF = "self"
    NOBODY = "nobody"


class QueueOrder(StrEnum):
    """In which order cases stand: by the nearest last day, by receipt, the latest closed first."""

    PRESSING = "pressing"
    WAITING = "waiting"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class QueueTab:
    """A tab of the page of work.

    `scope` is the hat under which a person has it. `statuses` are those of its cases. `responsible`
    is the party whose limits press there; without one, that party is not the reader's.
    `limit_state` restricts it to cases with such a limit.
    """

    name: str
    scope: Scope
    statuses: tuple[Status, ...]
    responsible: Actor | None = None
    leader: Leader | None = None
    limit_state: LimitState | None = None

    @property
    def order(self) -> QueueOrder:
        """In which order the tab's cases stand."""
        if self.is_closed:
            return QueueOrder.CLOSED
        is_limited = self.responsible is not None or self.limit_state is not None
        return QueueOrder.PRESSING if is_limited else QueueOrder.WAITING

    @property
    def is_closed(self) -> bool:
        """Whether the tab has closed cases: those of all other tabs are open."""
        return self.statuses == CLOSED_STATUSES


def _list_others(statuses: Sequence[Status]) -> tuple[Status, ...]:
    """The open statuses besides these: somebody else acts next."""
    return tuple(status for status in OPEN_STATUSES if status not in statuses)


_PROCESS, _CENTRE = Scope.PROCESS, Actor.CENTRE
TABS = (
    QueueTab("mine", _PROCESS, CENTRE_STATUSES, _CENTRE, Leader.SELF),
    QueueTab("unassigned", _PROCESS, (Status.SUBMITTED,), _CENTRE, Leader.NOBODY),
    QueueTab("centre", _PROCESS, CENTRE_STATUSES, _CENTRE),
    QueueTab("examinations", _PROCESS, EXAMINATION_STATUSES, _CENTRE),
    QueueTab("hand-over", _PROCESS, HAND_OVER_STATUSES, _CENTRE),
    QueueTab("others", _PROCESS, _list_others(CENTRE_STATUSES)),
    QueueTab("closed", _PROCESS, CLOSED_STATUSES),
    QueueTab("decisions", Scope.DECIDE, (Status.WITH_COUNCIL,), Actor.COUNCIL),
    QueueTab("council-others", Scope.DECIDE, _list_others((Status.WITH_COUNCIL,))),
    QueueTab("council-closed", Scope.DECIDE, CLOSED_STATUSES),
    QueueTab("late", Scope.OPERATE, SUBMITTED_STATUSES, limit_state=LimitState.LATE),
    QueueTab("at-risk", Scope.OPERATE, SUBMITTED_STATUSES, limit_state=LimitState.AT_RISK),
    QueueTab("open", Scope.OPERATE, OPEN_STATUSES),
    QueueTab("all-closed", Scope.OPERATE, CLOSED_STATUSES),
)
"""Every tab, by its name in addresses, in the order in which the page shows them."""

_TABS_OF_A_DAY = ("unassigned", "examinations", "hand-over", "decisions")
"""Tabs of one kind of work each: where a case leads on to the next one."""


def list_tabs(principal: Principal) -> list[QueueTab]:
    """The tabs of this person: of the centre, of the council, of operations, as their token says.

    Who acts for a centre or a council has its tabs only with the number or name of it.
    """
    acts_for = {
        Scope.PROCESS: principal.centre is not None,
        Scope.DECIDE: principal.council is not None,
        Scope.OPERATE: True,
    }
    return [tab for tab in TABS if principal.has_scope(tab.scope) and acts_for[tab.scope]]


def list_next_tabs(tabs: Sequence[QueueTab], status: Status) -> list[QueueTab]:
    """Where the next case stands after an act on one of this status; the likeliest tab first."""
    tabs_of_status = [tab for tab in tabs if status in tab.statuses]
    if status in REVIEW_STATUSES:
        return [tab for tab in tabs_of_status if tab.name in ("mine", "unassigned")]
    return [tab for tab in tabs_of_status if tab.name in _TABS_OF_A_DAY]
