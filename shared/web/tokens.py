"""Bearer tokens (JWT, RFC 9068), checked by the keys of any OIDC provider."""

from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from shared.errors import Unauthenticated
from shared.principal import Principal
from shared.settings import Settings
from shared.web.issuer_keys import IssuerKeys

ALGORITHMS = ["ES256", "RS256", "PS256", "EdDSA"]
"""Asymmetric ones only: a service can check tokens, and cannot make them."""

_UNKNOWN_KEY = (InvalidKeyIdError, BadSignatureError)
"""Of a token that may be signed by a key which is newer than ours."""

MAX_CACHED_TOKENS = 10_000
"""Tokens that one process remembers."""

MAX_NAME_CHARACTERS = 100
"""Of a person's name in a token; a longer one is cut."""


class TokenVerifier:
    """Checks tokens against the settings' issuer, audience and keys."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cached_principals: dict[str, tuple[Principal, int]] = {}
        self._cached_key_set: KeySet | None = None
        self._issuer_keys = IssuerKeys(
            settings.auth_jwks_url, settings.auth_refresh_seconds, settings.auth_keys_seconds
        )

    async def authenticate(self, token: str, now: datetime) -> Principal:
        """The caller of a valid token. Raises `Unauthenticated`, `TransientFailure`.

        A checked token is cached until it expires or the issuer's keys change: a signature does not
        change, and checking it costs more than the rest of a small request.
        """
        cached = self.cached_principal(token, now)
        if cached is not None:
            return cached
        principal, expires_at = await self._verify_token(token, now)
        if len(self._cached_principals) >= MAX_CACHED_TOKENS:
            self._cached_principals.clear()
        self._forget_tokens_of_other_keys()
        self._cached_principals[token] = (principal, expires_at)
        return principal

    def _forget_tokens_of_other_keys(self) -> None:
        if self._issuer_keys.key_set is not self._cached_key_set:
            self._cached_key_set = self._issuer_keys.key_set
            self._cached_principals.clear()

    def cached_principal(self, token: str, now: datetime) -> Principal | None:
        """The caller of a token that was checked by the keys of now; None for any other."""
        self._forget_tokens_of_other_keys()
        principal, expires_at = self._cached_principals.get(token, (None, 0))
        is_current = now.timestamp() < expires_at + self._settings.auth_leeway_seconds
        return principal if is_current else None

    async def identify_expired(
        self, token: str, now: datetime, max_age_seconds: int
    ) -> Principal | None:
        """Whose token this is, when it is valid but for its time, which has ended.

        None for a token that still holds, that ended more than `max_age_seconds` ago, or that is
        not the issuer's for this audience. Raises `TransientFailure`.
        """
        try:
            claims = await self.decode_claims(token)
            expires_at = claims.get("exp")
            if not isinstance(expires_at, int):
                return None
            age_seconds = now.timestamp() - expires_at - self._settings.auth_leeway_seconds
            if not 0 <= age_seconds <= max_age_seconds:
                return None
            return self._build_principal(claims, expires_at - 1)
        except Unauthenticated:
            return None

    async def decode_claims(self, token: str) -> dict[str, Any]:
        """The claims of a token that the issuer has signed; nothing else of it is checked.

        Raises `Unauthenticated`, `TransientFailure`.
        """
        try:
            return _decode(token, await self._issuer_keys.get_keys())
        except _UNKNOWN_KEY:
            newer_keys = await self._issuer_keys.get_newer_keys()
        try:
            return _decode(token, newer_keys)
        except _UNKNOWN_KEY as error:
            raise _invalid_token_error() from error

    async def _verify_token(self, token: str, now: datetime) -> tuple[Principal, int]:
        claims = await self.decode_claims(token)
        return self._build_principal(claims, int(now.timestamp())), int(claims["exp"])

    def _build_principal(self, claims: dict[str, Any], at: int) -> Principal:
        """The caller whom the claims name at this instant. Raises `Unauthenticated`."""
        claims_registry = jwt.JWTClaimsRegistry(
            now=at,
            leeway=self._settings.auth_leeway_seconds,
            iss={"essential": True, "value": self._settings.auth_issuer},
            aud={"essential": True, "value": self._settings.auth_audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            claims_registry.validate(claims)
        except JoseError as error:
            raise _invalid_token_error() from error
        tenancy = {name: claims.get(name) for name in ("centre", "council", "employer")}
        if not all(value is None or isinstance(value, str) for value in tenancy.values()):
            raise _invalid_token_error()
        scopes = frozenset(str(claims.get("scope", "")).split())
        return Principal(str(claims["sub"]), scopes, **tenancy, name=_read_name(claims.get("name")))


def _decode(token: str, key_set: KeySet) -> dict[str, Any]:
    """The claims. Raises `_UNKNOWN_KEY`, and `Unauthenticated` for what no key makes a token."""
    try:
        return jwt.decode(token, key_set, algorithms=ALGORITHMS).claims
    except _UNKNOWN_KEY:
        raise
    except (JoseError, ValueError) as error:
        raise _invalid_token_error() from error


def _read_name(claim: object) -> str | None:
    """The person's name on one line and not too long: it is only shown, and decides nothing."""
    if not isinstance(claim, str):
        return None
    visible = "".join(char if char.isprintable() else " " for char in claim)
    return " ".join(visible.split())[:MAX_NAME_CHARACTERS].strip() or None


def _invalid_token_error() -> Unauthenticated:
    return Unauthenticated(
        "auth.token", "The bearer token is not valid here or has expired. Get a new one."
    )
