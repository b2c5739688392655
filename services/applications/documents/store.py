"""Object storage for documents: a folder, or a store that speaks S3's protocol, by its URL."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

import obstore
import puremagic
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import ObjectStore, from_url

from shared.errors import TransientFailure

CHUNK_BYTES = 256 * 1024


class Upload(Protocol):
    """A received file, which can be read again from its start."""

    async def read(self, size: int = -1) -> bytes:
        """The next bytes; none at the end."""
        ...

    async def seek(self, offset: int) -> None:
        """Goes to a place in the file."""
        ...


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells one content from another: SHA-256, in hexadecimal, and the size in bytes.

    `media_type` is what the first bytes show, whatever the name says; None: nothing known.
    """

    sha256: str
    size: int
    media_type: str | None


async def fingerprint(upload: Upload) -> Fingerprint:
    """Reads the file through, chunk by chunk."""
    digest, size, head = hashlib.sha256(), 0, b""
    async for chunk in _chunks(upload):
        digest.update(chunk)
        size += len(chunk)
        head = head or chunk
    return Fingerprint(digest.hexdigest(), size, _media_type(head))


def _media_type(head: bytes) -> str | None:
    try:
        return puremagic.from_string(head, mime=True) or None
    except (puremagic.PureError, ValueError):
        return None


class DocumentStore:
    """Files by key. Writing a key again with the same content changes nothing."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def open(cls, url: str) -> "DocumentStore":
        """The store at `url`; a folder is made when it is not there."""
        folder = url.startswith("file:")
        return cls(from_url(url, mkdir=True) if folder else from_url(url))

    async def put(self, key: str, upload: Upload) -> None:
        """Stores the whole file under the key, or nothing. Raises `TransientFailure`."""
        with _failing_as_transient():
            await obstore.put_async(self._store, key, _chunks(upload))

    async def get(self, key: str) -> AsyncIterator[bytes]:
        """The file's bytes, in chunks. Raises `TransientFailure` before the first one."""
        with _failing_as_transient():
            found = await obstore.get_async(self._store, key)

        async def chunks() -> AsyncIterator[bytes]:
            async for chunk in found.stream(CHUNK_BYTES):
                yield bytes(chunk)

        return chunks()

    async def keys(self, prefix: str) -> list[str]:
        """The keys that begin with the prefix, a folder. Raises `TransientFailure`."""
        with _failing_as_transient():
            found = [page async for page in obstore.list(self._store, prefix)]
        return [each["path"] for page in found for each in page]

    async def delete(self, key: str) -> None:
        """Removes a file; one that is gone already is no failure. Raises `TransientFailure`."""
        with _failing_as_transient(), suppress(FileNotFoundError, NotFoundError):
            await obstore.delete_async(self._store, key)


async def _chunks(upload: Upload) -> AsyncIterator[bytes]:
    await upload.seek(0)
    while chunk := await upload.read(CHUNK_BYTES):
        yield chunk


@contextmanager
def _failing_as_transient() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise TransientFailure(f"object storage: {type(error).__name__}") from error
