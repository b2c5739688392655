"""The local stack's own OAuth 2 issuer: client credentials for every role in the procedure.

`uvicorn --factory deploy.local.issuer:create`. For trying out; in production any OIDC provider
stands in its place, by `ATTESTA_AUTH_JWKS_URL` and `ATTESTA_AUTH_ISSUER`.
"""

import json
import os
import secrets
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from cryptography.fernet import Fernet
from fastapi import FastAPI, Form
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from shared.principal import Scope

FOLDER_VARIABLE = "ATTESTA_LOCAL_SECRETS"
"""In the environment: the folder of the stack's keys."""
AUDIENCE = "attesta"
TOKEN_SECONDS = 8 * 3600
COUNCIL = (
    "Совет по профессиональным квалификациям офисных специалистов и вспомогательных "
    "административных работников"
)
CENTRE = "78.041"
EMPLOYER = "7701234567"

ROLES: dict[str, tuple[tuple[Scope, ...], dict[str, str]]] = {
    "applicant": ((Scope.APPLY,), {}),
    "centre": ((Scope.PROCESS,), {"centre": CENTRE}),
    "council": ((Scope.PUBLISH, Scope.DECIDE), {"council": COUNCIL}),
    "employer": ((Scope.REFER, Scope.VERIFY), {"employer": EMPLOYER}),
    "registry": ((Scope.FEED,), {}),
    "agency": ((Scope.AMEND, Scope.PUBLISH), {}),
    "operations": ((Scope.OPERATE,), {}),
    "demo": (tuple(Scope), {"centre": CENTRE, "council": COUNCIL, "employer": EMPLOYER}),
}
"""Who plays which part, and for whom; `demo` plays all."""


class StackSecrets:
    """The keys of one stack, generated at first use, readable by their owner only."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder

    @cached_property
    def signing_key(self) -> ECKey:
        """The private key that signs tokens."""
        key_text = self._read_or_create("issuer.json", lambda: json.dumps(_generate_key()))
        return ECKey.import_key(json.loads(key_text))

    @cached_property
    def data_key(self) -> str:
        """The key that encrypts identity documents."""
        return self._read_or_create("data.key", lambda: Fernet.generate_key().decode())

    @cached_property
    def evidence_keys(self) -> str:
        """The keys that sign evidence about certificates: a JWK set."""
        return self._read_or_create(
            "statements.json", lambda: json.dumps({"keys": [_generate_key()]})
        )

    @cached_property
    def client_secrets(self) -> dict[str, str]:
        """The client secret of each role, by the role's name."""
        secrets_text = self._read_or_create(
            "clients.json", lambda: json.dumps({role: secrets.token_urlsafe() for role in ROLES})
        )
        secret_by_role: dict[str, str] = json.loads(secrets_text)
        return secret_by_role

    def issue_token(self, role: str, issuer: str) -> str:
        """A bearer token for a role in the procedure. Raises `KeyError` for an unknown role."""
        scopes, tenancy = ROLES[role]
        now = int(time.time())
        claims = {
            "iss": issuer,
            "aud": AUDIENCE,
            "sub": role,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "scope": " ".join(scopes),
            **tenancy,
        }
        return jwt.encode({"alg": "ES256", "kid": self.signing_key.kid}, claims, self.signing_key)

    def _read_or_create(self, name: str, generate: Callable[[], str]) -> str:
        path = self._folder / name
        if not path.exists():
            unfinished = path.with_suffix(".new")
            unfinished.touch(mode=0o600)
            unfinished.write_text(generate())
            unfinished.replace(path)
        return path.read_text()


def create() -> FastAPI:
    """The issuer's application; its folder and its address come from the environment."""
    stack_secrets = StackSecrets(Path(os.environ[FOLDER_VARIABLE]))
    issuer = os.environ["ATTESTA_AUTH_ISSUER"]
    app = FastAPI(title="Attesta's local issuer")

    @app.get("/health/ready")
    async def get_readiness() -> dict[str, str]:
        return {"status": "ready"}

    @app.get("/.well-known/openid-configuration")
    async def get_configuration() -> dict[str, object]:
        return _build_configuration(issuer)

    @app.get("/jwks.json")
    async def get_keys() -> Any:
        return KeySet([stack_secrets.signing_key]).as_dict(private=False)

    @app.post("/token")
    async def create_token(
        grant_type: Annotated[str, Form()],
        client_id: Annotated[str, Form()],
        client_secret: Annotated[str, Form()],
    ) -> JSONResponse:
        if grant_type != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if not _is_client(stack_secrets, client_id, client_secret):
            return JSONResponse({"error": "invalid_client"}, 401)
        return JSONResponse(
            {
                "access_token": stack_secrets.issue_token(client_id, issuer),
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
            },
            headers={"Cache-Control": "no-store"},
        )

    return app


def _build_configuration(issuer: str) -> dict[str, object]:
    """The discovery document of OpenID Connect, of the issuer at this address."""
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/jwks.json",
        "token_endpoint": f"{issuer}/token",
        "grant_types_supported": ["client_credentials"],
        "scopes_supported": list(Scope),
    }


def _is_client(stack_secrets: StackSecrets, client_id: str, client_secret: str) -> bool:
    known_secret = stack_secrets.client_secrets.get(client_id, "")
    return secrets.compare_digest(known_secret, client_secret) and client_id in ROLES


def _generate_key() -> Any:
    key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(8), "use": "sig", "alg": "ES256"})
    return key.as_dict(private=True)
