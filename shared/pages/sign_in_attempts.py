"""Attempts to sign in: what the browser keeps, sealed, while the person is at the provider.

Each attempt has a cookie of its own, so that several tabs can sign in at once.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum

from fastapi import Request, Response

from shared.encryption import Keyring
from shared.settings import Settings
from shared.web.provider import CodeRequest
from shared.web.sessions import delete_cookie, get_cookie_name, set_cookie

COOKIE_PREFIX = "attesta_sign_in_"
ATTEMPT_SECONDS = 600
"""The provider's page may stay open so long."""
COOKIE_SECONDS = 3600
"""The cookie stays longer, so that a person who comes too late is told that, and not more."""
MAX_ATTEMPTS = 4
"""Attempts of one browser at once: all its cookies must fit into one header."""
MAX_STATE_LENGTH = 100


class SignInFailure(StrEnum):
    """Why nobody is signed in, as a page tells it: the message `sign_in.failure.<value>`."""

    DENIED = "denied"  # by the person, or by the provider for them
    UNKNOWN = "unknown"  # no such attempt in this browser, or it has ended already
    EXPIRED = "expired"  # begun too long ago
    USED = "used"  # the provider has given out a token for this code, or the code is too old
    REFUSED = "refused"  # the provider's answer cannot be accepted
    UNAVAILABLE = "unavailable"  # the provider does not answer


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """One attempt: its secrets, and where its person was going, in which language.

    `began_at` is in seconds of the epoch.
    """

    code_request: CodeRequest
    next_path: str
    language: str
    began_at: float

    def is_expired(self, now: datetime) -> bool:
        """Whether the person has been away for too long."""
        return now.timestamp() - self.began_at > ATTEMPT_SECONDS


def store_attempt(
    request: Request,
    response: Response,
    settings: Settings,
    keyring: Keyring,
    attempt: SignInAttempt,
) -> None:
    """Lets the browser keep an attempt; where it keeps too many, the older ones are given up."""
    prefix = get_cookie_name(settings, COOKIE_PREFIX)
    older_names = [name for name in request.cookies if name.startswith(prefix)]
    if len(older_names) >= MAX_ATTEMPTS:
        for name in older_names:
            delete_attempt(response, settings, name.removeprefix(prefix))
    began_at = datetime.fromtimestamp(attempt.began_at, UTC)
    ticket = keyring.issue_ticket(json.dumps(asdict(attempt)), began_at)
    name = COOKIE_PREFIX + attempt.code_request.state
    set_cookie(response, settings, name, ticket, COOKIE_SECONDS)


def read_attempt(
    request: Request, settings: Settings, keyring: Keyring, state: str, now: datetime
) -> SignInAttempt | None:
    """The attempt of this browser with this state; None where there is none."""
    is_state = 0 < len(state) <= MAX_STATE_LENGTH and state.isascii()
    name = get_cookie_name(settings, COOKIE_PREFIX + state)
    ticket = request.cookies.get(name, "") if is_state else ""
    content = keyring.redeem_ticket(ticket, COOKIE_SECONDS, now) if ticket else None
    if content is None:
        return None
    fields = json.loads(content)
    attempt = SignInAttempt(CodeRequest(**fields.pop("code_request")), **fields)
    # The cookie of another attempt, renamed, is none of this one.
    return attempt if attempt.code_request.state == state else None


def delete_attempt(response: Response, settings: Settings, state: str) -> None:
    """Ends an attempt in this browser: its answer is taken once."""
    delete_cookie(response, settings, COOKIE_PREFIX + state)
