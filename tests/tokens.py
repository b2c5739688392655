"""An issuer for the tests: keys of its own, and tokens for every part in the procedure."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from shared.principal import Scope
from shared.web.sessions import SESSION_COOKIE

ISSUER = "https://issuer.test"
AUDIENCE = "attesta"
FAR = 4_102_444_800  # 2100: the clock of a test stands where it likes

KEY = ECKey.generate_key("P-256", {"kid": "tests", "use": "sig", "alg": "ES256"})
STATEMENTS = ECKey.generate_key("P-256", {"kid": "statements", "use": "sig", "alg": "ES256"})
CENTRE = "78.041"
COUNCIL = "СПК офисных специалистов"
EMPLOYER = "7701234567"


def publish_keys() -> None:
    """Lets every settings object of this process, and of its children, trust the tests' issuer."""
    folder = Path(tempfile.mkdtemp(prefix="attesta-tests-"))
    keys = folder / "jwks.json"
    keys.write_text(json.dumps(KeySet([KEY]).as_dict(private=False)))
    os.environ["ATTESTA_AUTH_JWKS_URL"] = keys.as_uri()
    os.environ["ATTESTA_AUTH_ISSUER"] = ISSUER
    os.environ["ATTESTA_CERTIFICATES_SIGNING_KEYS"] = json.dumps(
        KeySet([STATEMENTS]).as_dict(private=True)
    )
    os.environ["ATTESTA_FREEZE_AFTER_START"] = "false"  # many applications in one process
    for service in ("APPLICATIONS", "CERTIFICATES"):
        os.environ[f"ATTESTA_{service}_DATA_KEYS"] = Fernet.generate_key().decode()


def token(*scopes: Scope, subject: str = "tester", key: ECKey = KEY, **claims: Any) -> str:
    """A token with these scopes and claims; a claim given as None is left out."""
    all_claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "exp": FAR,
        "sub": subject,
        "scope": " ".join(scopes),
        **claims,
    }
    present_claims = {name: value for name, value in all_claims.items() if value is not None}
    return jwt.encode({"alg": "ES256", "kid": key.kid}, present_claims, key)


def bearer(*scopes: Scope, subject: str = "tester", **claims: Any) -> dict[str, str]:
    """The header with such a token."""
    return {"Authorization": f"Bearer {token(*scopes, subject=subject, **claims)}"}


def browser(*scopes: Scope, subject: str = "tester", **claims: Any) -> dict[str, str]:
    """The headers of a browser with such a token as its session, and of a form of this site."""
    session_token = token(*scopes, subject=subject, **claims)
    return {"Cookie": f"{SESSION_COOKIE}={session_token}", "Sec-Fetch-Site": "same-origin"}


def all_roles_headers() -> dict[str, str]:
    """The header of one who plays all parts, at one centre, council and employer."""
    return bearer(*Scope, centre=CENTRE, council=COUNCIL, employer=EMPLOYER)
