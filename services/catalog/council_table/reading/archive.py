"""The checks an Office file passes before anything parses it.

An Office file is a ZIP archive of XML. Its directory is read first, then every entry is unpacked
once in small pieces, counted and thrown away: what passes unpacks to what it declares, within the
limits, holds no macros and declares no entities.
"""

import io
import re
import struct
import zipfile
import zlib

from services.catalog.council_table.grammar.limits import Limits, TableTooLarge, UnreadableTable

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_DIRECTORY_ENTRY = b"PK\x01\x02"
_PIECE = 1 << 16
_ENCRYPTED_FLAG = 0x1
_DECLARATION = re.compile(
    b"|".join(
        re.escape(word.encode(charset))
        for word in ("<!DOCTYPE", "<!ENTITY")
        for charset in ("ascii", "utf-16-le", "utf-16-be")
    )
)
_OVERLAP = 32
"""Bytes kept of the last piece, so that a declaration cut in two is seen."""


def refuse_ole(content: bytes) -> None:
    """Raises `UnreadableTable` for an encrypted or a pre-2007 Office file."""
    if not content.startswith(_OLE):
        return
    if _ENCRYPTED in content:
        raise UnreadableTable(
            "table.encrypted", "The file is protected by a password. Save it without one."
        )
    raise UnreadableTable(
        "table.old_format", "This is a file of Office 97-2003. Save it as DOCX or XLSX."
    )


def check_archive(content: bytes, limits: Limits) -> frozenset[str]:
    """The names of the archive's entries, all of them checked.

    Raises `TableTooLarge`, or `UnreadableTable` for a damaged, encrypted or macro-bearing file.
    """
    if content.count(_DIRECTORY_ENTRY) > limits.archive_entries:
        raise _too_many(limits)  # before the directory is made into objects
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _check_directory(entries, len(content), limits)
            spent = _Spent(limits)
            for entry in entries:
                _unpack(archive, entry, spent)
            return frozenset(entry.filename for entry in entries)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        ValueError,
        struct.error,
    ) as error:
        raise UnreadableTable(
            "table.damaged", "The file is damaged or incomplete. Save and upload it again."
        ) from error


def _check_directory(entries: list[zipfile.ZipInfo], packed: int, limits: Limits) -> None:
    """Judges by what the archive declares, before a byte is unpacked."""
    if len(entries) > limits.archive_entries:
        raise _too_many(limits)
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED_FLAG:
            raise UnreadableTable(
                "table.encrypted", "The file is protected by a password. Save it without one."
            )
        if entry.filename.lower().endswith("vbaproject.bin"):
            raise _macros()
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise UnreadableTable("table.damaged", "The file is packed in an unknown way.")
    if len({entry.filename for entry in entries}) != len(entries):
        raise UnreadableTable("table.damaged", "The file holds two parts of one name.")
    declared = sum(entry.file_size for entry in entries)
    if declared > limits.unpacked_bytes or any(e.file_size > limits.entry_bytes for e in entries):
        raise _too_large(limits)
    if declared > packed * limits.unpacking_ratio:
        raise TableTooLarge(
            "table.unpacking_ratio",
            f"The file would unpack to more than {limits.unpacking_ratio} times its size.",
        )


class _Spent:
    """What the entries unpacked so far took of the limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._size = self._tags = self._entry = 0

    def begin_entry(self) -> None:
        """The next pieces belong to another entry."""
        self._entry = 0

    def add(self, piece: bytes) -> None:
        """Counts a piece. Raises `TableTooLarge`."""
        limits = self._limits
        self._entry += len(piece)
        self._size += len(piece)
        self._tags += piece.count(b"<")
        if self._entry > limits.entry_bytes or self._size > limits.unpacked_bytes:
            raise _too_large(limits)
        if self._tags > limits.xml_tags:
            raise TableTooLarge(
                "table.xml_tags", f"The file has more than {limits.xml_tags} XML tags."
            )


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, spent: _Spent) -> None:
    """Unpacks one entry in pieces, keeping none, and looks at what passes by."""
    spent.begin_entry()
    tail = b""
    with archive.open(entry) as stream:
        while piece := stream.read(_PIECE):
            spent.add(piece)
            seen = tail + piece
            if entry.filename.lower().endswith((".xml", ".rels")) and _DECLARATION.search(seen):
                raise UnreadableTable(
                    "table.entities",
                    "The file declares XML entities. Save it again in an office program.",
                )
            if b"macroEnabled" in seen and entry.filename == "[Content_Types].xml":
                raise _macros()
            tail = seen[-_OVERLAP:]


def _macros() -> UnreadableTable:
    return UnreadableTable(
        "table.macros", "The file holds macros. Save it as DOCX or XLSX, without macros."
    )


def _too_many(limits: Limits) -> TableTooLarge:
    return TableTooLarge(
        "table.archive_entries", f"The archive has more than {limits.archive_entries} entries."
    )


def _too_large(limits: Limits) -> TableTooLarge:
    return TableTooLarge(
        "table.unpacked_size",
        f"Unpacked, the file is larger than {limits.unpacked_bytes} bytes, "
        f"or one part of it larger than {limits.entry_bytes}.",
    )
