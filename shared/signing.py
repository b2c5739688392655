"""Signed statements: JWS that anybody can check by the published keys, with keys that rotate.

The first key signs; all are published, so that what a retired one signed stays checkable.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, KeySet
from pydantic import SecretStr

ALGORITHM = "ES256"


class Signer:
    """The keys of one service."""

    def __init__(self, keys: SecretStr, issuer: str) -> None:
        """A JWK set of private P-256 keys, each with its `kid`. Raises `ValueError`."""
        told = json.loads(keys.get_secret_value())
        self._keys = [ECKey.import_key(key) for key in told["keys"]]
        if not self._keys or not all(key.kid and key.is_private for key in self._keys):
            raise ValueError("a set of private keys is needed, each with its kid")
        self._issuer = issuer
        self.public: dict[str, Any] = dict(KeySet(list(self._keys)).as_dict(private=False))
        """What to publish."""

    def sign(self, kind: str, claims: Mapping[str, Any], now: datetime) -> str:
        """A compact JWS of these claims, with who states them and when."""
        header = {"alg": ALGORITHM, "kid": self._keys[0].kid, "typ": kind}
        whole = {"iss": self._issuer, "iat": int(now.timestamp()), **claims}
        content = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
        return jws.serialize_compact(header, content, self._keys[0])
