"""Which certificates and statements a caller reaches."""

from typing import Any, Protocol

from shared.errors import NotFound
from shared.principal import Principal, Scope


class IssuedByCentre(Protocol):
    """A row that names the assessment centre which issued it: a certificate or a statement."""

    centre: dict[str, Any]


def check_own(caller: Principal, row: IssuedByCentre) -> None:
    """Lets a centre to what it issued only. Raises `NotFound`."""
    if not caller.may(Scope.AMEND) and caller.centre != row.centre["number"]:
        raise NotFound("certificate.unknown", "Your centre issued nothing under this id.")
