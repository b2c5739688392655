"""`WWW-Authenticate`: what a client lacks to be let in (RFC 6750, section 3)."""

import re

from shared.errors import DomainError, Forbidden, Unauthenticated

REALM = 'Bearer realm="attesta"'
MISSING_RULE = "auth.missing"
"""The rule of a request without any token: RFC 6750 wants no error named then."""

SCOPES = "scopes"
"""The member of a refusal's `extra` with the scopes, one of which would do."""

_UNQUOTABLE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


def build_challenge(error: DomainError) -> dict[str, str]:
    """The header with the challenge; none for what a token has nothing to do with."""
    if isinstance(error, Unauthenticated):
        if error.rule == MISSING_RULE:
            return {"WWW-Authenticate": REALM}
        return {"WWW-Authenticate": f"{REALM}, {_name_error('invalid_token', error)}"}
    if isinstance(error, Forbidden) and SCOPES in error.extra:
        scopes = " ".join(error.extra[SCOPES])
        error_words = _name_error("insufficient_scope", error)
        return {"WWW-Authenticate": f'{REALM}, {error_words}, scope="{scopes}"'}
    return {}


def _name_error(code: str, error: DomainError) -> str:
    description = _UNQUOTABLE.sub("", error.detail)
    return f'error="{code}", error_description="{description}"'
