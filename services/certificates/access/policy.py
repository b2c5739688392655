"""Which certificates and statements a caller reaches."""

from typing import Any, Protocol

from shared.errors import NotFound
from shared.principal import Principal, Scope


class IssuedByCentre(Protocol):
    """A row that names the assessment centre which issued it: a certificate or a statement."""

    centre: dict[str, Any]


def check_issued_by_centre(caller: Principal, row: IssuedByCentre) -> None:
    """Raises `NotFound` for a centre that did not issue the certificate or statement."""
    if not caller.has_scope(Scope.AMEND) and caller.centre != row.centre["number"]:
        raise NotFound("certificate.unknown", "Your centre issued nothing under this id.")
