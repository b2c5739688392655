"""Which applications a caller reaches, lists and takes in."""

from services.applications.application.models import Application
from services.applications.application.queries import Filter
from shared.errors import Forbidden
from shared.principal import Principal, Scope


def own_list(principal: Principal) -> Filter:
    """The applications that the caller may list."""
    if principal.may(Scope.OPERATE):
        return Filter()
    if principal.may(Scope.PROCESS) and principal.centre:
        return Filter(centre=principal.centre)
    if principal.may(Scope.DECIDE) and principal.council:
        return Filter(council=principal.council)
    return Filter(applicant=principal.subject)


def sees_identity(principal: Principal) -> bool:
    """The applicant and the centre see the identity document; nobody else needs it."""
    return principal.may(Scope.APPLY) or principal.may(Scope.PROCESS)


def reaches(principal: Principal, scope: Scope, row: Application) -> bool:
    """Whether the scope lets the caller reach this application."""
    if not principal.may(scope):
        return False
    return {
        Scope.APPLY: row.applicant_subject is not None
        and row.applicant_subject == principal.subject,
        Scope.PROCESS: principal.centre == row.centre_number,
        Scope.DECIDE: principal.council == row.council,
    }.get(scope, True)


def check_centre(principal: Principal, centre: str) -> None:
    """A centre takes applications to itself only; applicants apply where they like."""
    if not principal.may(Scope.APPLY) and principal.centre != centre:
        raise Forbidden(
            "auth.centre", "A centre takes applications to itself only.", field="/centre/number"
        )


def account(caller: Principal) -> str | None:
    """The applicant's own account, when they act themselves."""
    return caller.subject if caller.may(Scope.APPLY) else None
