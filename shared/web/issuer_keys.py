"""The public keys of the identity provider: fetched when needed, kept while it is away."""

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.errors import TransientFailure
from shared.web.fetched_values import FetchedValue, fetch_json


class IssuerKeys:
    """The issuer's public keys, fetched when first needed and again for an unknown key id.

    They are fetched again after `max_age_seconds` in any case, so that a withdrawn key stops to
    count; while the issuer is unreachable the last fetched ones hold. Who needs no newer ones than
    there are waits for none.
    """

    def __init__(self, url: str, refresh_seconds: float, max_age_seconds: float) -> None:
        self._url = url
        self._refresh_seconds = refresh_seconds
        self._key_document: Any = None
        self._key_set = FetchedValue(self._fetch_key_set, max_age_seconds, refresh_seconds)

    @property
    def key_set(self) -> KeySet | None:
        """The keys that hold now, as one object for as long as they are the same; None: unknown."""
        return self._key_set.value

    async def get_keys(self) -> KeySet:
        """The keys, at once where they are known.

        Raises `TransientFailure` when the issuer does not answer.
        """
        return await self._key_set.get()

    async def get_newer_keys(self) -> KeySet:
        """The keys, fetched again, at most once per `refresh_seconds`.

        Raises `TransientFailure` when the issuer does not answer.
        """
        return await self._key_set.get_younger_than(self._refresh_seconds)

    async def _fetch_key_set(self) -> KeySet:
        key_document = await self._fetch_document()
        if self.key_set is not None and key_document == self._key_document:
            return self.key_set
        key_set = _read_key_set(key_document)
        self._key_document = key_document
        return key_set

    async def _fetch_document(self) -> Any:
        address = urlsplit(self._url)
        if address.scheme == "file":
            path = Path(url2pathname(address.path))
            try:
                return json.loads(await asyncio.to_thread(path.read_bytes))
            except (OSError, ValueError, RecursionError) as error:
                raise TransientFailure(f"the keys of the issuer: {type(error).__name__}") from error
        status, key_document = await fetch_json(httpx.Request("GET", self._url))
        if status != httpx.codes.OK:
            raise TransientFailure(f"the keys of the issuer: {status}")
        return key_document


def _read_key_set(key_document: Any) -> KeySet:
    """The keys of the document that can be read (RFC 7517, 5: others are passed over).

    An empty list withdraws all. Raises `TransientFailure` for what is no list of keys.
    """
    parts = key_document.get("keys") if isinstance(key_document, dict) else None
    if not isinstance(parts, list):
        raise TransientFailure("the keys of the issuer: another document answers")
    keys = []
    for part in parts:
        try:
            keys += KeySet.import_key_set({"keys": [part]}).keys
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return KeySet(keys)
