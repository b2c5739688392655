"""Object storage for documents.

A store is a folder, or one that speaks S3's protocol, by its URL.
"""

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
    try:
        return puremagic.from_string(first_chunk, mime=True) or None
    except (puremagic.PureError, ValueError):
        return None


class DocumentStore:
    """Files in object storage, by key. Writing the same content to a key again changes nothing."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def open(cls, url: str) -> "DocumentStore":
        """The store at `url`; a folder is created when it does not exist."""
        is_folder = url.startswith("file:")
        return cls(from_url(url, mkdir=True) if is_folder else from_url(url))

    async def save(self, key: str, upload: Upload) -> None:
        """Stores the whole file under the key, or nothing. Raises `TransientFailure`."""
        with _raise_transient_failures():
            await obstore.put_async(self._store, key, read_chunks(upload))

    async def get(self, key: str) -> AsyncIterator[bytes]:
        """The file's bytes, in chunks. Raises `TransientFailure` before the first chunk."""
        with _raise_transient_failures():
            result = await obstore.get_async(self._store, key)

        async def stream_chunks() -> AsyncIterator[bytes]:
            async for chunk in result.stream(CHUNK_BYTES):
                yield bytes(chunk)

        return stream_chunks()

    async def list_keys(self, prefix: str) -> list[str]:
        """The keys under a prefix that names a folder. Raises `TransientFailure`."""
        with _raise_transient_failures():
            pages = [page async for page in obstore.list(self._store, prefix)]
        return [entry["path"] for page in pages for entry in page]

    async def delete(self, key: str) -> None:
        """Deletes a file; a missing one is no failure. Raises `TransientFailure`."""
        with _raise_transient_failures(), suppress(FileNotFoundError, NotFoundError):
            await obstore.delete_async(self._store, key)


async def read_chunks(upload: Upload) -> AsyncIterator[bytes]:
    """The bytes of an upload from its start, in chunks."""
    await upload.seek(0)
    while chunk := await upload.read(CHUNK_BYTES):
        yield chunk


@contextmanager
def _raise_transient_failures() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise TransientFailure(f"object storage: {type(error).__name__}") from error
