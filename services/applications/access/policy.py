"""What a caller may reach and list: tenancy, by the claims of the caller's token."""

from services.applications.application.models import Application
from services.applications.application.queries import ApplicationFilter
from shared.councils import list_council_names
from shared.errors import Forbidden
from shared.principal import Principal, Scope


def own_filter(principal: Principal) -> ApplicationFilter:
    """The filter for the applications that the caller may list."""
    if principal.has_scope(Scope.OPERATE):
        return ApplicationFilter()
    if principal.has_scope(Scope.PROCESS) and principal.centre:
        return ApplicationFilter(centre=principal.centre)
    if principal.has_scope(Scope.DECIDE) and principal.council:
        return ApplicationFilter(council=principal.council)
    return ApplicationFilter(applicant=principal.subject)


def may_see_identity(principal: Principal) -> bool:
    """Whether the caller may see the identity document: only applicant and centre need it."""
    return principal.has_scope(Scope.APPLY) or principal.has_scope(Scope.PROCESS)


def may_reach(principal: Principal, scope: Scope, application: Application) -> bool:
    """Whether the scope lets the caller reach this application."""
    if not principal.has_scope(scope):
        return False
    return {
        Scope.APPLY: application.applicant_subject is not None
        and application.applicant_subject == principal.subject,
        Scope.PROCESS: principal.centre == application.centre_number,
        Scope.DECIDE: principal.council is not None
        and application.council in list_council_names(principal.council),
    }.get(scope, True)


def check_centre(principal: Principal, centre_number: str) -> None:
    """Checks that a centre submits to itself; applicants choose any centre. Raises `Forbidden`."""
    if not principal.has_scope(Scope.APPLY) and principal.centre != centre_number:
        raise Forbidden(
            "auth.centre", "A centre takes applications to itself only.", field="/centre/number"
        )


def applicant_subject(caller: Principal) -> str | None:
    """The applicant's own account, when they act themselves; None when a centre acts."""
    return caller.subject if caller.has_scope(Scope.APPLY) else None
