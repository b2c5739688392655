"""Object storage for documents.

A store is a folder, or one that speaks S3's protocol, by its URL.
"""

import asyncio
import codecs
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import obstore
import puremagic
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import ObjectStore, from_url

from services.applications.settings import ApplicationsSettings
from shared.errors import TransientFailure

if TYPE_CHECKING:
    from obstore.store import S3Config

CHUNK_BYTES = 256 * 1024
LIMIT_SECONDS = 60.0
"""For one call of a store."""
STORE_RETRIES = 3
"""A request that fails on its way is sent again so often, within the limit of its call."""


class Upload(Protocol):
    """A received file, which can be read again from its start."""

    async def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size` of them; empty at the end."""
        ...

    async def seek(self, offset: int) -> None:
        """Moves to an offset in bytes from the start of the file."""
        ...


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What distinguishes one content from another: SHA-256, in hexadecimal, and the size in bytes.

    `media_type` is what the first bytes show, whatever the name says; None when it is unknown.
    """

    sha256: str
    size: int
    media_type: str | None


async def fingerprint_upload(upload: Upload) -> Fingerprint:
    """Reads the whole upload, chunk by chunk, and returns its fingerprint."""
    digest, size, first_chunk = hashlib.sha256(), 0, b""
    async for chunk in read_chunks(upload):
        digest.update(chunk)
        size += len(chunk)
        first_chunk = first_chunk or chunk
    return Fingerprint(digest.hexdigest(), size, _detect_media_type(first_chunk))


def _detect_media_type(first_chunk: bytes) -> str | None:
    """What the first bytes show, also behind a mark of UTF-8, which some programs put before."""
    try:
        content = first_chunk.removeprefix(codecs.BOM_UTF8)
        return puremagic.from_string(content, mime=True) or None
    except (puremagic.PureError, ValueError):
        return None


class DocumentStore:
    """Files in object storage, by key. Writing the same content to a key again changes nothing."""

    def __init__(self, store: ObjectStore, limit_seconds: float = LIMIT_SECONDS) -> None:
        self._store = store
        self._limit_seconds = limit_seconds

    @classmethod
    def open(
        cls,
        url: str,
        limit_seconds: float = LIMIT_SECONDS,
        credentials: "S3Config | None" = None,
    ) -> "DocumentStore":
        """The store at `url`; a folder is created when it does not exist.

        Each call fails after the limit, and while a file is read, each wait for its next bytes.
        Without credentials a store of S3's protocol asks the environment for them.
        """
        if url.startswith("file:"):
            return cls(from_url(url, mkdir=True), limit_seconds)
        # Options of its client are left to the environment: named here, they would replace those.
        retry_limit = timedelta(seconds=limit_seconds)
        store = from_url(
            url,
            config=credentials,
            retry_config={"max_retries": STORE_RETRIES, "retry_timeout": retry_limit},
        )
        return cls(store, limit_seconds)

    @classmethod
    def open_configured(cls, settings: ApplicationsSettings) -> "DocumentStore":
        """The store that the settings name, with their credentials."""
        key_id, secret = settings.documents_key_id, settings.documents_key_secret
        credentials: S3Config | None = (
            {
                "access_key_id": key_id.get_secret_value(),
                "secret_access_key": secret.get_secret_value(),
            }
            if key_id and secret
            else None
        )
        return cls.open(settings.documents_url, settings.store_limit_seconds, credentials)

    @asynccontextmanager
    async def _limit_call(self) -> AsyncIterator[None]:
        """Raises `TransientFailure` for what fails in the block, or takes too long."""
        try:
            async with asyncio.timeout(self._limit_seconds):
                yield
        except (BaseError, OSError) as error:  # `TimeoutError` as well
            raise TransientFailure(f"object storage: {type(error).__name__}") from error

    async def save(self, key: str, upload: Upload) -> None:
        """Stores the whole file under the key, or nothing. Raises `TransientFailure`."""
        async with self._limit_call():
            await obstore.put_async(self._store, key, read_chunks(upload))

    async def get(self, key: str) -> AsyncIterator[bytes]:
        """The file's bytes, in chunks. Raises `TransientFailure`, also between chunks."""
        async with self._limit_call():
            result = await obstore.get_async(self._store, key)

        async def stream_chunks() -> AsyncIterator[bytes]:
            chunks = aiter(result.stream(CHUNK_BYTES))
            while True:
                async with self._limit_call():
                    chunk = await anext(chunks, None)
                if chunk is None:
                    return
                yield bytes(chunk)

        return stream_chunks()

    async def list_keys(self, prefix: str) -> list[str]:
        """The keys under a prefix that names a folder. Raises `TransientFailure`."""
        async with self._limit_call():
            pages = [page async for page in obstore.list(self._store, prefix)]
        return [entry["path"] for page in pages for entry in page]

    async def delete(self, key: str) -> None:
        """Deletes a file; a missing one is no failure. Raises `TransientFailure`."""
        async with self._limit_call():
            with suppress(FileNotFoundError, NotFoundError):
                await obstore.delete_async(self._store, key)


async def read_chunks(upload: Upload) -> AsyncIterator[bytes]:
    """The bytes of an upload from its start, in chunks."""
    await upload.seek(0)
    while chunk := await upload.read(CHUNK_BYTES):
        yield chunk
