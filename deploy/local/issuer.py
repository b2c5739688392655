"""The local stack's own OpenID provider: signing in, and tokens for every role in the procedure.

`uvicorn --factory deploy.local.issuer:create`. For trying out; in production any OIDC provider
stands in its place, by `ATTESTA_AUTH_JWKS_URL` and `ATTESTA_AUTH_ISSUER`. Who signs in chooses
whom to play; programs get tokens by client credentials.
"""

import json
import os
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from cryptography.fernet import Fernet
from fastapi import FastAPI, Form, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from pydantic import BaseModel

from deploy.local.authorization import (
    AuthorizationRequest,
    Codes,
    Grant,
    PagesClient,
    RoleChoice,
)
from deploy.local.issuer_pages import STYLE_SHEET, render_choice, render_message
from deploy.local.roles import ROLES
from shared.principal import Scope

FOLDER_VARIABLE = "ATTESTA_LOCAL_SECRETS"
"""In the environment: the folder of the stack's keys."""
PAGES_VARIABLE = "ATTESTA_LOCAL_ISSUER_PAGES"
"""In the environment: where browsers reach the issuer, if elsewhere than programs do."""
AUDIENCE = "attesta"
TOKEN_SECONDS = 8 * 3600


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
    def webhook_key(self) -> str:
        """The key that encrypts the secrets of webhooks."""
        return self._read_or_create("webhooks.key", lambda: Fernet.generate_key().decode())

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

    def issue_token(self, role: str, issuer: str, asked_scopes: Collection[str] = ()) -> str:
        """An access token for a role, with those of its scopes that are asked for, or with all.

        Raises `KeyError` for an unknown role.
        """
        played = ROLES[role]
        scopes = [scope for scope in played.scopes if not asked_scopes or scope in asked_scopes]
        return self._sign(role, issuer, AUDIENCE, {"scope": " ".join(scopes), **played.tenancy})

    def issue_id_token(self, grant: Grant, issuer: str) -> str:
        """The id token (OpenID Connect) for whom a code was given to."""
        request = grant.request
        return self._sign(grant.role, issuer, request.client_id, {"nonce": request.nonce})

    def _sign(self, role: str, issuer: str, audience: str, further: Mapping[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": issuer,
            "aud": audience,
            "sub": role,
            "name": ROLES[role].name,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            **further,
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
    """The issuer's application; its folder and the addresses come from the environment."""
    stack_secrets = StackSecrets(Path(os.environ[FOLDER_VARIABLE]))
    issuer = os.environ["ATTESTA_AUTH_ISSUER"]
    client = PagesClient(os.environ.get("ATTESTA_SITE_URL", "http://127.0.0.1:8000").rstrip("/"))
    codes = Codes()
    app = FastAPI(title="Attesta's local issuer", docs_url=None, redoc_url=None)
    _add_document_routes(app, stack_secrets, issuer)
    _add_page_routes(app, issuer, client, codes)

    @app.post("/token")
    async def create_token(form: Annotated[TokenRequest, Form()]) -> JSONResponse:
        """Tokens for a code, or for the credentials of a role's client."""
        if form.grant_type == "authorization_code":
            return _answer_code(stack_secrets, issuer, codes, form)
        if form.grant_type != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if not _is_client(stack_secrets, form.client_id, form.client_secret):
            return JSONResponse({"error": "invalid_client"}, 401)
        return _build_token_answer(stack_secrets.issue_token(form.client_id, issuer))

    return app


class TokenRequest(BaseModel):
    """The form of the token endpoint, for both grants."""

    grant_type: str
    client_id: str = ""
    client_secret: str = ""
    code: str = ""
    redirect_uri: str = ""
    code_verifier: str = ""


def _add_document_routes(app: FastAPI, stack_secrets: StackSecrets, issuer: str) -> None:
    @app.get("/health/ready")
    async def get_readiness() -> dict[str, str]:
        return {"status": "ready"}

    @app.get("/.well-known/openid-configuration")
    async def get_configuration() -> dict[str, object]:
        return _build_configuration(issuer, os.environ.get(PAGES_VARIABLE, issuer))

    @app.get("/jwks.json")
    async def get_keys() -> Any:
        return KeySet([stack_secrets.signing_key]).as_dict(private=False)


def _add_page_routes(app: FastAPI, issuer: str, client: PagesClient, codes: Codes) -> None:
    @app.get("/authorize")
    async def show_choice(
        request: Request, authorization: Annotated[AuthorizationRequest, Query()]
    ) -> Response:
        refusal = _refuse_authorization(request, authorization, issuer, client)
        return refusal or render_choice(request, authorization)

    @app.post("/authorize")
    async def choose_role(
        request: Request,
        authorization: Annotated[RoleChoice, Form()],
    ) -> Response:
        refusal = _refuse_authorization(request, authorization, issuer, client)
        if refusal is not None:
            return refusal
        if authorization.role not in ROLES:
            address = authorization.build_answer_url(issuer, error="access_denied")
        else:
            code = codes.issue(authorization, authorization.role)
            address = authorization.build_answer_url(issuer, code=code)
        return RedirectResponse(address, 303)

    @app.get("/end-session")
    async def end_session(request: Request, post_logout_redirect_uri: str = "") -> Response:
        """Nobody has a session here: each sign-in asks anew."""
        if post_logout_redirect_uri == client.end_redirect_uri:
            return RedirectResponse(post_logout_redirect_uri, 303)
        return render_message(request, "ended")

    @app.get("/issuer.css")
    async def get_style_sheet() -> Response:
        return Response(STYLE_SHEET, media_type="text/css")


def _refuse_authorization(
    request: Request, authorization: AuthorizationRequest, issuer: str, client: PagesClient
) -> Response | None:
    """Why no code can be given; a stranger's request is answered here, and nowhere else."""
    if not authorization.is_from(client):
        return render_message(request, "refused", "client", 400)
    error = authorization.find_error()
    if error is None:
        return None
    return RedirectResponse(authorization.build_answer_url(issuer, error=error), 303)


def _answer_code(
    stack_secrets: StackSecrets, issuer: str, codes: Codes, form: TokenRequest
) -> JSONResponse:
    grant = codes.redeem(form.code, form.client_id, form.redirect_uri, form.code_verifier)
    if grant is None:
        return JSONResponse({"error": "invalid_grant"}, 400)
    scopes = grant.request.scope.split()
    access_token = stack_secrets.issue_token(grant.role, issuer, scopes)
    if "openid" not in scopes:
        return _build_token_answer(access_token)
    return _build_token_answer(access_token, id_token=stack_secrets.issue_id_token(grant, issuer))


def _build_token_answer(access_token: str, **further: str) -> JSONResponse:
    answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
    return JSONResponse({**answer, **further}, headers={"Cache-Control": "no-store"})


def _build_configuration(issuer: str, pages_url: str) -> dict[str, object]:
    """The discovery document of OpenID Connect, of the issuer and its pages at these addresses."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{pages_url}/authorize",
        "token_endpoint": f"{issuer}/token",
        "end_session_endpoint": f"{pages_url}/end-session",
        "jwks_uri": f"{issuer}/jwks.json",
        "authorization_response_iss_parameter_supported": True,
        "claims_supported": ["sub", "name", "centre", "council", "employer"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "response_modes_supported": ["query"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", *Scope],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_post"],
        "ui_locales_supported": ["ru", "en"],
    }


def _is_client(stack_secrets: StackSecrets, client_id: str, client_secret: str) -> bool:
    known_secret = stack_secrets.client_secrets.get(client_id)
    return known_secret is not None and secrets.compare_digest(known_secret, client_secret)


def _generate_key() -> Any:
    key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(8), "use": "sig", "alg": "ES256"})
    return key.as_dict(private=True)
