"""Which certificates and statements a caller reaches."""

from typing import Protocol

from shared.errors import Forbidden, NotFound
from shared.principal import Principal, Scope


class NumberedCentre(Protocol):
    """An assessment centre with its number in the registry of centres."""

    @property
    def number(self) -> str:
        """The number, e.g. `78.041`."""


class IssuedByCentre(Protocol):
    """A row that names the assessment centre which issued it: a certificate or a statement."""

    @property
    def centre(self) -> NumberedCentre:
        """The centre, as the document prints it."""


def check_issued_by_centre(caller: Principal, row: IssuedByCentre) -> None:
    """Raises `NotFound` for a centre that did not issue the certificate or statement."""
    if not caller.has_scope(Scope.AMEND) and caller.centre != row.centre.number:
        raise NotFound("certificate.unknown", "Your centre issued nothing under this id.")


def get_own_council(caller: Principal) -> str:
    """The council that the caller acts for. Raises `Forbidden` for a caller of none."""
    if not caller.council:
        raise Forbidden("auth.council", "Your token names no council.")
    return caller.council


def require_employer(caller: Principal) -> str:
    """The employer for whom the caller acts. Raises `Forbidden` for a token that names none."""
    if not caller.employer:
        raise Forbidden("auth.employer", "The token names no employer.")
    return caller.employer
