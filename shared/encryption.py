"""Fields encrypted at rest, with keys that rotate.

Fernet (AES-128-CBC with HMAC-SHA256) of the `cryptography` library. The first key encrypts; every
key decrypts. To rotate, put a new key first, let the keeper of the rows encrypt them anew, and
remove the old key when no row names it.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr


class Undecipherable(Exception):
    """No key of the settings opens this."""


class Keyring:
    """The keys of one service."""

    def __init__(self, keys: SecretStr) -> None:
        """Keys in base64 of 32 bytes, separated by commas. Raises `ValueError`."""
        each = [key.strip() for key in keys.get_secret_value().split(",") if key.strip()]
        self._fernet = MultiFernet([Fernet(key) for key in each])
        self.current = hashlib.sha256(each[0].encode()).hexdigest()[:12]
        """The fingerprint of the key that encrypts: rows carry it, so that rotation finds them."""

    def encrypt(self, content: Any) -> bytes:
        """Any JSON value, sealed."""
        return self._fernet.encrypt(json.dumps(content, ensure_ascii=False).encode())

    def decrypt(self, sealed: bytes) -> Any:
        """What was sealed. Raises `Undecipherable`."""
        try:
            return json.loads(self._fernet.decrypt(sealed))
        except InvalidToken as error:
            raise Undecipherable from error

    def rotate(self, sealed: bytes) -> bytes:
        """The same content under the current key. Raises `Undecipherable`."""
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken as error:
            raise Undecipherable from error

    def ticket(self, content: str, now: datetime) -> str:
        """A token for an address, which nobody else can make; it knows its age."""
        return self._fernet.encrypt_at_time(content.encode(), int(now.timestamp())).decode()

    def redeem(self, ticket: str, seconds: int, now: datetime) -> str | None:
        """What the ticket says; None when it is forged or older than so many seconds."""
        try:
            found = self._fernet.decrypt_at_time(ticket.encode(), seconds, int(now.timestamp()))
        except InvalidToken:
            return None
        return found.decode()
