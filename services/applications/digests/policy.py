"""Who may set where an office's digest goes: who acts for it, and operations."""

from services.applications.digests.rules import OfficeKind
from shared.errors import Forbidden, NotFound
from shared.principal import Principal, Scope

_OFFICE_SCOPES = {OfficeKind.CENTRE: Scope.PROCESS, OfficeKind.COUNCIL: Scope.DECIDE}


def get_own_office(caller: Principal, kind: OfficeKind) -> str:
    """The number of the centre, or the name of the council, that the caller acts for.

    Raises `Forbidden` where they act for none.
    """
    number = caller.centre if kind is OfficeKind.CENTRE else caller.council
    if number is None or not caller.has_scope(_OFFICE_SCOPES[kind]):
        raise Forbidden("auth.office", f"Your account acts for no {kind}.")
    return number


def check_office(caller: Principal, kind: OfficeKind, number: str) -> None:
    """Checks that the office is the caller's. Raises `Forbidden`, `NotFound` for another's."""
    if caller.has_scope(Scope.OPERATE):
        return
    if get_own_office(caller, kind) != number:
        raise NotFound("contact.unknown", "No address was given for this office's digest.")
