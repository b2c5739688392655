"""The identity provider, as its client sees it: OpenID Connect's authorization code flow.

With PKCE (RFC 7636), a nonce, and the issuer's name in its answers (RFC 9207). Where the provider
answers is read from its discovery document, `<issuer>/.well-known/openid-configuration`.
"""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from pydantic import BaseModel, ValidationError

from shared.errors import TransientFailure, Unauthenticated
from shared.settings import Settings
from shared.web.fetched_values import FetchedValue, fetch_json
from shared.web.tokens import TokenVerifier

START_PATH = "/sign-in/start"
CALLBACK_PATH = "/sign-in/callback"
ENDED_PATH = "/sign-in/ended"
CONFIGURATION_SECONDS = 900
"""The discovery document is read again after so long."""


class ProviderRefusal(Exception):
    """The provider gave an answer that lets nobody in; `code` is OAuth's word for it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ProviderConfiguration(BaseModel):
    """What we need of the discovery document."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    end_session_endpoint: str | None = None
    code_challenge_methods_supported: list[str] | None = None
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    authorization_response_iss_parameter_supported: bool = False

    def find_fault(self, issuer: str) -> str | None:
        """Why this document cannot be used for the issuer of the settings; None when it can."""
        if self.issuer != issuer:
            return "it names another issuer than ATTESTA_AUTH_ISSUER"
        addresses = [self.authorization_endpoint, self.token_endpoint]
        if self.end_session_endpoint is not None:
            addresses.append(self.end_session_endpoint)
        schemes = {urlsplit(address).scheme for address in addresses}
        if not schemes <= {"https", urlsplit(issuer).scheme}:
            return "an endpoint is not https"
        methods = self.code_challenge_methods_supported
        if methods is not None and "S256" not in methods:
            return "it does not support PKCE by S256"
        return None


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """The secrets of one attempt to sign in: known to the browser's cookie, never to its pages."""

    state: str = field(default_factory=secrets.token_urlsafe)
    nonce: str = field(default_factory=secrets.token_urlsafe)
    code_verifier: str = field(default_factory=secrets.token_urlsafe)

    @property
    def code_challenge(self) -> str:
        """The verifier's digest, which the provider may know before (RFC 7636, S256)."""
        digest = sha256(self.code_verifier.encode()).digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")


class IdentityProvider:
    """The provider of the settings. Every method may raise `TransientFailure`."""

    def __init__(self, settings: Settings, token_verifier: TokenVerifier) -> None:
        self._settings = settings
        self._token_verifier = token_verifier
        self._configuration = FetchedValue(self._read_configuration, CONFIGURATION_SECONDS)

    async def get_configuration(self) -> ProviderConfiguration:
        """The discovery document, read when first needed and kept; an old one while it is away."""
        return await self._configuration.get()

    async def build_authorization_url(self, code_request: CodeRequest, language: str) -> str:
        """Where the person proves to the provider who they are, in this language if it can."""
        configuration = await self.get_configuration()
        parameters = {
            "response_type": "code",
            "client_id": self._settings.auth_client_id,
            "redirect_uri": self._settings.site_url + CALLBACK_PATH,
            "scope": self._settings.auth_scopes,
            "state": code_request.state,
            "nonce": code_request.nonce,
            "code_challenge": code_request.code_challenge,
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        return _add_parameters(configuration.authorization_endpoint, parameters)

    async def build_end_session_url(self) -> str | None:
        """Where the person ends the session at the provider; None where it has no such address."""
        configuration = await self.get_configuration()
        if configuration.end_session_endpoint is None:
            return None
        parameters = {
            "client_id": self._settings.auth_client_id,
            "post_logout_redirect_uri": self._settings.site_url + ENDED_PATH,
        }
        return _add_parameters(configuration.end_session_endpoint, parameters)

    async def check_answer_issuer(self, issuer: str | None) -> None:
        """Checks who answers (RFC 9207), by `iss` of the answer. Raises `ProviderRefusal`."""
        configuration = await self.get_configuration()
        is_required = configuration.authorization_response_iss_parameter_supported
        if issuer != configuration.issuer and (issuer is not None or is_required):
            raise ProviderRefusal("other_issuer")

    async def redeem_code(self, code: str, code_request: CodeRequest, now: datetime) -> str:
        """The access token for a code of the provider's answer. Raises `ProviderRefusal`.

        The token has been checked as every request checks it; so has the id token.
        """
        answer = await self._request_tokens(code, code_request)
        access_token, id_token = answer.get("access_token"), answer.get("id_token")
        if not isinstance(access_token, str):
            raise ProviderRefusal("no_access_token")
        try:
            if id_token is not None or "openid" in self._settings.auth_scopes.split():
                await self._check_id_token(str(id_token), code_request.nonce, now)
            await self._token_verifier.authenticate(access_token, now)
        except (JoseError, Unauthenticated) as error:
            raise ProviderRefusal("invalid_token") from error
        return access_token

    async def _check_id_token(self, id_token: str, nonce: str, now: datetime) -> None:
        """Checks for whom and for which attempt the id token is. Raises `JoseError`, and others."""
        claims = await self._token_verifier.decode_claims(id_token)
        client_id = self._settings.auth_client_id
        claims_registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=self._settings.auth_leeway_seconds,
            iss={"essential": True, "value": self._settings.auth_issuer},
            aud={"essential": True, "value": client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
            azp={"value": client_id},
        )
        claims_registry.validate(claims)

    async def _request_tokens(self, code: str, code_request: CodeRequest) -> dict[str, Any]:
        configuration = await self.get_configuration()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.site_url + CALLBACK_PATH,
            "client_id": self._settings.auth_client_id,
            "code_verifier": code_request.code_verifier,
        }
        secret, credentials = self._settings.auth_client_secret, None
        if secret:  # a blank one is none
            if "client_secret_basic" in configuration.token_endpoint_auth_methods_supported:
                credentials = httpx.BasicAuth(form["client_id"], secret.get_secret_value())
            else:
                form["client_secret"] = secret.get_secret_value()
        request = httpx.Request("POST", configuration.token_endpoint, data=form)
        status, answer = await _ask(request, credentials)
        if status == httpx.codes.OK:
            return answer
        raise ProviderRefusal(str(answer.get("error", status)))

    async def _read_configuration(self) -> ProviderConfiguration:
        issuer = self._settings.auth_issuer
        address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        status, document = await _ask(httpx.Request("GET", address))
        try:
            configuration = ProviderConfiguration.model_validate(document)
        except ValidationError as error:
            raise TransientFailure(f"the provider's discovery document: {status}") from error
        fault = configuration.find_fault(issuer)
        if fault is not None:
            raise TransientFailure(f"the provider's discovery document: {fault}")
        return configuration


def _add_parameters(address: str, parameters: dict[str, str]) -> str:
    return str(httpx.URL(address).copy_merge_params(parameters))


async def _ask(
    request: httpx.Request, credentials: httpx.BasicAuth | None = None
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON object of an answer. Raises `TransientFailure` without one."""
    status, document = await fetch_json(request, credentials)
    if httpx.codes.is_server_error(status) or not isinstance(document, dict):
        raise TransientFailure(f"the provider: {status}")
    return status, document
