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

from services.catalog.council_table.grammar.limits import (
    TableLimits,
    TableTooLarge,
    UnreadableTable,
)
from services.catalog.council_table.reading.office_package import normalize_part_name

_OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_DIRECTORY_ENTRY = b"PK\x01\x02"
_PIECE_BYTES = 1 << 16
_ENCRYPTED_FLAG = 0x1
_ENTITY_DECLARATION = re.compile(
    b"|".join(
        re.escape(word.encode(charset))
        for word in ("<!DOCTYPE", "<!ENTITY")
        for charset in ("ascii", "utf-16-le", "utf-16-be")
    )
)
_OVERLAP_BYTES = 32
"""Bytes kept of the last piece, so that a declaration cut in two is seen."""


def refuse_ole_file(content: bytes) -> None:
    """Raises `UnreadableTable` for an encrypted or a pre-2007 Office file."""
    if not content.startswith(_OLE_MARK):
        return
    if _ENCRYPTED_PACKAGE in content:
        raise UnreadableTable(
            "table.encrypted", "The file is protected by a password. Save it without one."
        )
    raise UnreadableTable(
        "table.old_format", "This is a file of Office 97-2003. Save it as DOCX or XLSX."
    )


def check_archive(content: bytes, limits: TableLimits) -> None:
    """Checks all entries of the archive.

    Raises `TableTooLarge`, or `UnreadableTable` for a damaged, encrypted or macro-bearing file.
    """
    if content.count(_DIRECTORY_ENTRY) > limits.archive_entries:
        raise _too_many_entries_error(limits)  # before the directory is made into objects
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _check_directory(entries, len(content), limits)
            counter = _UnpackingCounter(limits)
            for entry in entries:
                _check_entry(archive, entry, counter)
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


def _check_directory(entries: list[zipfile.ZipInfo], packed_size: int, limits: TableLimits) -> None:
    """Checks what the archive declares, before a byte is unpacked.

    `packed_size` is the file's size in bytes. Raises `UnreadableTable`, `TableTooLarge`.
    """
    if len(entries) > limits.archive_entries:
        raise _too_many_entries_error(limits)
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED_FLAG:
            raise UnreadableTable(
                "table.encrypted", "The file is protected by a password. Save it without one."
            )
        if entry.filename.lower().endswith("vbaproject.bin"):
            raise _macros_error()
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise UnreadableTable("table.damaged", "The file is packed in an unknown way.")
    if len({normalize_part_name(entry.filename) for entry in entries}) != len(entries):
        raise UnreadableTable("table.damaged", "The file holds two parts of one name.")
    declared_size = sum(entry.file_size for entry in entries)
    if declared_size > limits.unpacked_bytes or any(
        part.file_size > limits.entry_bytes for part in entries
    ):
        raise _too_large_error(limits)
    if declared_size > packed_size * limits.unpacking_ratio:
        raise TableTooLarge(
            "table.unpacking_ratio",
            f"The file would unpack to more than {limits.unpacking_ratio} times its size.",
        )


class _UnpackingCounter:
    """Counts bytes and XML tags of the entries unpacked so far against the limits."""

    def __init__(self, limits: TableLimits) -> None:
        self._limits = limits
        self._size = self._tags = self._entry_size = 0

    def begin_entry(self) -> None:
        """Starts the next entry: its size is counted from zero."""
        self._entry_size = 0

    def count_piece(self, piece: bytes) -> None:
        """Counts an unpacked piece of the current entry. Raises `TableTooLarge`."""
        limits = self._limits
        self._entry_size += len(piece)
        self._size += len(piece)
        self._tags += piece.count(b"<")
        if self._entry_size > limits.entry_bytes or self._size > limits.unpacked_bytes:
            raise _too_large_error(limits)
        if self._tags > limits.xml_tags:
            raise TableTooLarge(
                "table.xml_tags", f"The file has more than {limits.xml_tags} XML tags."
            )


def _check_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, counter: _UnpackingCounter
) -> None:
    """Unpacks one entry in pieces, keeping none, and checks each for macros and entities.

    Raises `UnreadableTable`, `TableTooLarge`.
    """
    counter.begin_entry()
    tail = b""
    with archive.open(entry) as stream:
        while piece := stream.read(_PIECE_BYTES):
            counter.count_piece(piece)
            window = tail + piece
            if entry.filename.lower().endswith((".xml", ".rels")) and _ENTITY_DECLARATION.search(
                window
            ):
                raise entities_error()
            if b"macroEnabled" in window and entry.filename.casefold() == "[content_types].xml":
                raise _macros_error()
            tail = window[-_OVERLAP_BYTES:]


def entities_error() -> UnreadableTable:
    """The refusal of a file that declares entities."""
    return UnreadableTable(
        "table.entities", "The file declares XML entities. Save it again in an office program."
    )


def _macros_error() -> UnreadableTable:
    return UnreadableTable(
        "table.macros", "The file holds macros. Save it as DOCX or XLSX, without macros."
    )


def _too_many_entries_error(limits: TableLimits) -> TableTooLarge:
    return TableTooLarge(
        "table.archive_entries", f"The archive has more than {limits.archive_entries} entries."
    )


def _too_large_error(limits: TableLimits) -> TableTooLarge:
    return TableTooLarge(
        "table.unpacked_size",
        f"Unpacked, the file is larger than {limits.unpacked_bytes} bytes, "
        f"or one part of it larger than {limits.entry_bytes}.",
    )
