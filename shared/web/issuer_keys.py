"""The public keys of the identity provider: fetched when needed, kept while it is away."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx
from joserfc.jwk import KeySet

from shared import logs
from shared.errors import TransientFailure

log = logs.get_logger(__name__)

FETCH_SECONDS = 5
FAILURE_PAUSE_SECONDS = 2.0
"""After a failure the provider is left alone so long: callers would wait for it in a row."""


class IssuerKeys:
    """The issuer's public keys, fetched when first needed and again for an unknown key id.

    They are fetched again after `max_age_seconds` in any case, so that a withdrawn key stops to
    count; while the issuer is unreachable the last fetched ones hold. Who needs no newer ones than
    there are does not wait for those that are being fetched.
    """

    def __init__(self, url: str, refresh_seconds: float, max_age_seconds: float) -> None:
        self._url = url
        self._refresh_seconds = refresh_seconds
        self._max_age_seconds = max_age_seconds
        self._failure_pause = min(FAILURE_PAUSE_SECONDS, refresh_seconds)
        self._key_set: KeySet | None = None
        self._key_document: Any = None
        self._fetched_at = 0.0
        self._attempted_at: float | None = None
        self._lock = asyncio.Lock()

    async def get_keys(self, *, refresh: bool = False) -> KeySet:
        """The key set; `refresh` fetches it again, at most once per `refresh_seconds`.

        Raises `TransientFailure` when the issuer does not answer.
        """
        if self._key_set is not None and not refresh and not self._is_due():
            return self._key_set
        async with self._lock:
            age = self._now() - self._fetched_at
            if self._key_set is None or (refresh and age >= self._refresh_seconds):
                self._refuse_during_pause()
                await self._fetch()
            elif self._is_due():
                try:
                    await self._fetch()
                except TransientFailure:
                    log.warning("auth.keys_kept")
            assert self._key_set is not None, "taken just now, or before"
            return self._key_set

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _is_due(self) -> bool:
        """Whether the keys are too old, and nobody has just asked for others."""
        now = self._now()
        since_attempt = now - (self._attempted_at or 0)
        return now - self._fetched_at >= self._max_age_seconds and (
            self._attempted_at is None
            or since_attempt >= min(self._refresh_seconds, self._max_age_seconds)
        )

    def _refuse_during_pause(self) -> None:
        is_failed = self._attempted_at is not None and self._attempted_at > self._fetched_at
        if is_failed and self._now() - (self._attempted_at or 0) < self._failure_pause:
            raise TransientFailure("the keys of the issuer: it did not answer just now")

    async def _fetch(self) -> None:
        self._attempted_at = self._now()  # others need not ask meanwhile
        try:
            key_document = await self._fetch_document()
        finally:
            self._attempted_at = self._now()  # also of a caller who gave up, or was cancelled
        if key_document != self._key_document:
            self._key_document, self._key_set = key_document, KeySet.import_key_set(key_document)
        self._fetched_at = self._attempted_at

    async def _fetch_document(self) -> Any:
        address = urlsplit(self._url)
        try:
            if address.scheme == "file":
                path = Path(url2pathname(address.path))
                return httpx.Response(200, content=await asyncio.to_thread(path.read_bytes)).json()
            async with httpx.AsyncClient(timeout=FETCH_SECONDS) as client:
                return (await client.get(self._url)).raise_for_status().json()
        except (httpx.HTTPError, OSError, ValueError) as error:
            raise TransientFailure(f"the keys of the issuer: {type(error).__name__}") from error
