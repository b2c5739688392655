"""Where an appeal stands, and which step leads where."""

from enum import StrEnum

from shared.transitions import Transitions


class AppealStatus(StrEnum):
    """The states of an appeal; each comment says who acts next."""

    FILED = "filed"  # the commission acts next: registers
    REGISTERED = "registered"  # the commission acts next: calls a hearing
    HEARING_SET = "hearing_set"  # the commission acts next: hears and decides
    DECIDED = "decided"  # the commission acts next: sends the decision
    SENT = "sent"  # final when refused; else the centre executes
    EXECUTED = "executed"  # final
    WITHDRAWN = "withdrawn"  # final: the appellant took it back


class AppealCommand(StrEnum):
    """The steps that can be taken on an appeal."""

    REGISTER = "register"
    SET_HEARING = "set_hearing"
    DECIDE = "decide"
    SEND = "send"
    EXECUTE = "execute"
    REPORT = "report"
    ENTER_IN_REGISTRY = "enter_in_registry"
    WITHDRAW = "withdraw"


A, C = AppealStatus, AppealCommand
TRANSITIONS = Transitions[AppealStatus, AppealCommand](
    {
        A.FILED: {C.REGISTER: A.REGISTERED, C.WITHDRAW: A.WITHDRAWN},
        A.REGISTERED: {C.SET_HEARING: A.HEARING_SET, C.WITHDRAW: A.WITHDRAWN},
        A.HEARING_SET: {
            C.SET_HEARING: A.HEARING_SET,
            C.DECIDE: A.DECIDED,
            C.WITHDRAW: A.WITHDRAWN,
        },
        A.DECIDED: {
            C.SEND: A.SENT,
            C.REPORT: A.DECIDED,
            C.ENTER_IN_REGISTRY: A.DECIDED,
        },
        A.SENT: {
            C.EXECUTE: A.EXECUTED,
            C.REPORT: A.SENT,
            C.ENTER_IN_REGISTRY: A.SENT,
        },
        A.EXECUTED: {C.REPORT: A.EXECUTED, C.ENTER_IN_REGISTRY: A.EXECUTED},
    }
)
OPEN_STATUSES = frozenset({A.FILED, A.REGISTERED, A.HEARING_SET, A.DECIDED, A.SENT})
"""The appeal is not at its end; a refused one is, once it is sent."""
