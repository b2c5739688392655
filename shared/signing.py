"""Signed evidence: JWS that anybody can check by the published keys, with keys that rotate.

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
    """The signing keys of one service; the first is the current one."""

    def __init__(self, keys: SecretStr, issuer: str) -> None:
        """Reads a JWK set of private P-256 keys, each with its `kid`. Raises `ValueError`."""
        key_set = json.loads(keys.get_secret_value())
        self._private_keys = [ECKey.import_key(key) for key in key_set["keys"]]
        if not self._private_keys or not all(
            key.kid and key.is_private for key in self._private_keys
        ):
            raise ValueError("a set of private keys is needed, each with its kid")
        self._issuer = issuer
        self.public_key_set: dict[str, Any] = dict(
            KeySet(list(self._private_keys)).as_dict(private=False)
        )
        """What to publish."""

    def sign(self, token_type: str, claims: Mapping[str, Any], now: datetime) -> str:
        """A compact JWS of these claims plus issuer (`iss`) and time (`iat`).

        `token_type` is the header's `typ`.
        """
        header = {"alg": ALGORITHM, "kid": self._private_keys[0].kid, "typ": token_type}
        all_claims = {"iss": self._issuer, "iat": int(now.timestamp()), **claims}
        content = json.dumps(all_claims, ensure_ascii=False, separators=(",", ":")).encode()
        return jws.serialize_compact(header, content, self._private_keys[0])
