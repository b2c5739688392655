"""Fields encrypted at rest, with keys that rotate.

Fernet (AES-128-CBC with HMAC-SHA256) of the `cryptography` library. The first key encrypts; every
key decrypts. To rotate, put a new key first, let the job that owns the rows re-encrypt them, and
remove the old key when no row carries its fingerprint.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from functools import cached_property
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import Field, SecretStr, field_validator

from shared.settings import Settings


class Undecipherable(Exception):
    """No key of the settings decrypts this ciphertext."""


class Keyring:
    """The encryption keys of one service; the first is the current one."""

    def __init__(self, keys: SecretStr) -> None:
        """Keys in base64 of 32 bytes, separated by commas. Raises `ValueError`."""
        key_texts = [key.strip() for key in keys.get_secret_value().split(",") if key.strip()]
        self._key_texts = key_texts
        self._fernet = MultiFernet([Fernet(key) for key in key_texts])
        self.current_fingerprint = hashlib.sha256(key_texts[0].encode()).hexdigest()[:12]
        """The fingerprint of the key that encrypts: rows carry it, so that rotation finds them."""

    def derive(self, purpose: str) -> "Keyring":
        """Keys for another purpose, made of these: what one seals, the other cannot open."""
        return Keyring(SecretStr(",".join(_derive_key(key, purpose) for key in self._key_texts)))

    def encrypt(self, content: Any) -> bytes:
        """The ciphertext of any JSON value, under the current key."""
        return self._fernet.encrypt(json.dumps(content, ensure_ascii=False).encode())

    def decrypt(self, ciphertext: bytes) -> Any:
        """The JSON value in the ciphertext. Raises `Undecipherable`."""
        try:
            return json.loads(self._fernet.decrypt(ciphertext))
        except InvalidToken as error:
            raise Undecipherable from error

    def rotate(self, ciphertext: bytes) -> bytes:
        """The same content encrypted under the current key. Raises `Undecipherable`."""
        try:
            return self._fernet.rotate(ciphertext)
        except InvalidToken as error:
            raise Undecipherable from error

    def list_digests(self, text: str) -> list[bytes]:
        """What stands for a text where the text itself must not: by each key, the current first.

        Nobody without the keys can find the text by trying.
        """
        return [hmac.digest(key.encode(), text.encode(), "sha256") for key in self._key_texts]

    def issue_ticket(self, content: str, now: datetime) -> str:
        """A download token for a URL: cannot be forged, and carries its time of issue."""
        return self._fernet.encrypt_at_time(content.encode(), int(now.timestamp())).decode()

    def redeem_ticket(self, ticket: str, max_age_seconds: int, now: datetime) -> str | None:
        """The ticket's content; None when it is forged or older than `max_age_seconds`."""
        try:
            content = self._fernet.decrypt_at_time(
                ticket.encode(), max_age_seconds, int(now.timestamp())
            )
        except InvalidToken:
            return None
        return content.decode()


def _derive_key(key: str, purpose: str) -> str:
    key_length = 32
    derivation = HKDF(hashes.SHA256(), key_length, salt=None, info=f"attesta {purpose}".encode())
    return urlsafe_b64encode(derivation.derive(urlsafe_b64decode(key))).decode()


class KeyringSettings(Settings):
    """The settings of a service that keeps sealed fields."""

    data_keys: SecretStr = Field(
        description="Fernet keys, separated by commas; the first seals, every one opens",
    )

    @cached_property
    def keyring(self) -> Keyring:
        """The keys that seal fields at rest and sign tickets."""
        return Keyring(self.data_keys)

    @field_validator("data_keys")
    @classmethod
    def _check_data_keys(cls, value: SecretStr) -> SecretStr:
        try:
            Keyring(value)
        except (ValueError, IndexError):
            raise ValueError(
                "Fernet keys, separated by commas; make one with `python -m deploy.local key`"
            ) from None
        return value
