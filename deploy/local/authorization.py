"""The authorization code flow of the local issuer: what a client asks, and the codes given out."""

import secrets
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated
from urllib.parse import urlencode

from pydantic import BaseModel, StringConstraints

CODE_SECONDS = 60
CLIENT_ID = "attesta-pages"
"""The client of the pages, a public one: PKCE stands for its secret."""

Parameter = Annotated[str, StringConstraints(max_length=2000)]


@dataclass(frozen=True, slots=True)
class PagesClient:
    """The registered client: its addresses hold exactly."""

    site_url: str

    @property
    def redirect_uri(self) -> str:
        """Where codes are sent."""
        return f"{self.site_url}/sign-in/callback"

    @property
    def end_redirect_uri(self) -> str:
        """Where those are led who have signed out."""
        return f"{self.site_url}/sign-in/ended"


class AuthorizationRequest(BaseModel):
    """The parameters of an authorization request (RFC 6749, 7636; OpenID Connect)."""

    response_type: Parameter = ""
    client_id: Parameter = ""
    redirect_uri: Parameter = ""
    scope: Parameter = ""
    state: Parameter = ""
    nonce: Parameter = ""
    code_challenge: Parameter = ""
    code_challenge_method: Parameter = ""
    ui_locales: Parameter = ""

    def is_from(self, client: PagesClient) -> bool:
        """Whether it is the client's own; if not, nothing may be sent to its address."""
        return self.client_id == CLIENT_ID and self.redirect_uri == client.redirect_uri

    def find_error(self) -> str | None:
        """OAuth's word for what is wrong; None when a code may be given."""
        if self.response_type != "code":
            return "unsupported_response_type"
        digest_length = 43  # of SHA-256 in base64url
        if self.code_challenge_method != "S256" or len(self.code_challenge) != digest_length:
            return "invalid_request"
        return None if self.state else "invalid_request"

    def build_answer_url(self, issuer: str, **answer: str) -> str:
        """The client's address with the answer, the state, and who answers (RFC 9207)."""
        return f"{self.redirect_uri}?{urlencode({**answer, 'state': self.state, 'iss': issuer})}"


class RoleChoice(AuthorizationRequest):
    """The form of the page: the request once more, and the role; a blank one declines."""

    role: Parameter = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for: a request, and the role that was chosen; until a monotonic time."""

    request: AuthorizationRequest
    role: str
    expires_at: float


class Codes:
    """The codes given out and not yet redeemed."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}

    def issue(self, request: AuthorizationRequest, role: str) -> str:
        """A code for this role, good once and for a minute."""
        now = time.monotonic()
        self._grants = {
            code: grant for code, grant in self._grants.items() if grant.expires_at > now
        }
        code = secrets.token_urlsafe()
        self._grants[code] = Grant(request, role, now + CODE_SECONDS)
        return code

    def redeem(
        self, code: str, client_id: str, redirect_uri: str, code_verifier: str
    ) -> Grant | None:
        """What the code stands for; None when anything is wrong. A code that was tried is gone."""
        grant = self._grants.pop(code, None)
        if grant is None or grant.expires_at <= time.monotonic():
            return None
        digest = urlsafe_b64encode(sha256(code_verifier.encode()).digest()).decode().rstrip("=")
        is_right = (
            client_id == grant.request.client_id
            and redirect_uri == grant.request.redirect_uri
            and secrets.compare_digest(digest, grant.request.code_challenge)
        )
        return grant if is_right else None
