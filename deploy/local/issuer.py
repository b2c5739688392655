"""The local stack's own OAuth 2 issuer: client credentials for every part in the procedure.

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

FOLDER = "ATTESTA_LOCAL_SECRETS"
"""In the environment: the folder of the stack's keys."""
AUDIENCE = "attesta"
LIFE_SECONDS = 8 * 3600
COUNCIL = (
    "Совет по профессиональным квалификациям офисных специалистов и вспомогательных "
    "административных работников"
)
CENTRE = "78.041"
EMPLOYER = "7701234567"

PARTS: dict[str, tuple[tuple[Scope, ...], dict[str, str]]] = {
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


class Secrets:
    """The keys of one stack, made when first asked for, readable by their owner only."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder

    @cached_property
    def signing(self) -> ECKey:
        """The key that signs tokens."""
        made = self._kept("issuer.json", lambda: json.dumps(_new_key()))
        return ECKey.import_key(json.loads(made))

    @cached_property
    def data(self) -> str:
        """The key that seals identity documents."""
        return self._kept("data.key", lambda: Fernet.generate_key().decode())

    @cached_property
    def statements(self) -> str:
        """The keys that sign statements about certificates: a JWK set."""
        return self._kept("statements.json", lambda: json.dumps({"keys": [_new_key()]}))

    @cached_property
    def clients(self) -> dict[str, str]:
        """The secret of each part, by its name."""
        made = self._kept(
            "clients.json", lambda: json.dumps({part: secrets.token_urlsafe() for part in PARTS})
        )
        found: dict[str, str] = json.loads(made)
        return found

    def token(self, part: str, issuer: str) -> str:
        """A bearer token for a part in the procedure. Raises `KeyError`."""
        scopes, tenancy = PARTS[part]
        now = int(time.time())
        claims = {
            "iss": issuer,
            "aud": AUDIENCE,
            "sub": part,
            "iat": now,
            "exp": now + LIFE_SECONDS,
            "scope": " ".join(scopes),
            **tenancy,
        }
        return jwt.encode({"alg": "ES256", "kid": self.signing.kid}, claims, self.signing)

    def _kept(self, name: str, make: Callable[[], str]) -> str:
        path = self._folder / name
        if not path.exists():
            fresh = path.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(make())
            fresh.replace(path)
        return path.read_text()


def create() -> FastAPI:
    """The issuer; its folder and its address come from the environment."""
    known = Secrets(Path(os.environ[FOLDER]))
    issuer = os.environ["ATTESTA_AUTH_ISSUER"]
    app = FastAPI(title="Attesta's local issuer")

    @app.get("/health/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    @app.get("/.well-known/openid-configuration")
    async def configuration() -> dict[str, Any]:
        return {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/jwks.json",
            "token_endpoint": f"{issuer}/token",
            "grant_types_supported": ["client_credentials"],
            "scopes_supported": list(Scope),
        }

    @app.get("/jwks.json")
    async def keys() -> Any:
        return KeySet([known.signing]).as_dict(private=False)

    @app.post("/token")
    async def token(
        grant_type: Annotated[str, Form()],
        client_id: Annotated[str, Form()],
        client_secret: Annotated[str, Form()],
    ) -> JSONResponse:
        if grant_type != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if not secrets.compare_digest(known.clients.get(client_id, ""), client_secret):
            return JSONResponse({"error": "invalid_client"}, 401)
        if client_id not in PARTS:
            return JSONResponse({"error": "invalid_client"}, 401)
        return JSONResponse(
            {
                "access_token": known.token(client_id, issuer),
                "token_type": "Bearer",
                "expires_in": LIFE_SECONDS,
            },
            headers={"Cache-Control": "no-store"},
        )

    return app


def _new_key() -> Any:
    made = ECKey.generate_key("P-256", {"kid": secrets.token_hex(8), "use": "sig", "alg": "ES256"})
    return made.as_dict(private=True)
