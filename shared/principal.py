"""The caller: who, what they may do, for whom."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """The scopes of tokens: what a caller may do."""

    PUBLISH = "catalog:publish"  # a council's office: drafts, approvals, imports
    APPLY = "applications:apply"  # an applicant: their own applications
    PROCESS = "applications:process"  # an assessment centre: applications to it
    DECIDE = "applications:decide"  # a council: decisions on its qualifications, appeals
    REPORT_BOUNCES = "applications:bounces"  # the mail system: what it could not deliver
    REFER = "applications:refer"  # an employer: whom it referred, as the contract allows
    VERIFY = "certificates:verify"  # an HR portal
    WATCH = "certificates:watch"  # an employer's portal: its rosters
    AMEND = "certificates:amend"  # the agency: extensions, annulments
    FEED = "registry:feed"  # the national registry
    OPERATE = "operations"  # operations teams


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller: subject, scopes, and the centre, council or employer they act for.

    `name` is how the provider calls the person: it is shown, and never compared or stored.
    """

    subject: str
    scopes: frozenset[str]
    centre: str | None = None
    council: str | None = None
    employer: str | None = None
    name: str | None = None

    def has_scope(self, scope: Scope) -> bool:
        """Whether the token carries the scope."""
        return scope in self.scopes

    def list_scopes(self) -> list[Scope]:
        """The scopes that this service knows, in the order of `Scope`."""
        return [scope for scope in Scope if scope in self.scopes]
