"""Whose application it is: tenancy, by the claims of the caller's token."""

from services.applications.models import Application
from services.applications.queries.lists import Filter
from shared.auth import Principal, Scope


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
