"""Files that are refused whole: by a clear rule, within bounded memory and time."""

import contextlib
import io
import re
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.council_table.grammar.limits import (
    TableLimits,
    TableTooLarge,
    UnreadableTable,
)
from services.catalog.council_table.reading.read_table import read_table
from tests.catalog.council_table.council_tables import LIMITS, SEED, as_csv, as_docx, as_xlsx, table

ROWS = [fragment for row in table() for fragment in row]
MOST_MEMORY = 64_000_000
MOST_KILOBYTES = 400_000
MOST_SECONDS = 10.0
"""Of this process alone, however busy the machine is."""
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def repacked(
    content: bytes, change: Callable[[str, bytes], bytes], **extra_entries: bytes
) -> bytes:
    """The archive with its entries changed, and more entries added (`__` stands for `/`)."""
    archive = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            new.writestr(entry.filename, change(entry.filename, old.read(entry)))
        for name, extra in extra_entries.items():
            new.writestr(name.replace("__", "/").replace("_DOT_", "."), extra)
    return archive.getvalue()


def unchanged(_: str, content: bytes) -> bytes:
    return content


def with_document(change: Callable[[bytes], bytes]) -> bytes:
    return repacked(
        as_docx(ROWS), lambda name, old: change(old) if name == "word/document.xml" else old
    )


def bomb(real: int, declared_bytes: int) -> bytes:
    """A document whose main part unpacks to `real` zeros and declares `declared` bytes."""
    content = bytearray(repacked(as_docx(ROWS), unchanged, word__zeros_DOT_xml=b"\0" * real))
    # The sizes stand in the local header and in the directory, 22 and 24 bytes in.
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.find(b"word/zeros.xml") if signature[2] == 3 else content.rfind(signature)
        start = content.rfind(signature, 0, at + 1) if signature[2] == 3 else at
        content[start + offset : start + offset + 4] = struct.pack("<I", declared_bytes)
    return bytes(content)


def encrypted_zip() -> bytes:
    content = bytearray(as_docx(ROWS))
    content[content.find(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


ENTITY = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


def with_renamed_document(name: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A document whose main part has another name."""
    content = with_document(
        lambda old: change(
            old.replace(b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>", b"")
        )
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(archive, "w") as new:
        for entry in old.infolist():
            part = old.read(entry).replace(b'"word/document.xml"', b'"%s"' % name)
            is_main = entry.filename == "word/document.xml"
            new.writestr(name.decode() if is_main else entry.filename, part)
    return archive.getvalue()


def foreign_zip() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as new:
        new.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        new.writestr("content.xml", "<x/>")
    return archive.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("a.docx", as_docx(ROWS)[:-500], "table.damaged"),
        ("a.docx", as_docx(ROWS)[:2000], "table.damaged"),
        ("a.xlsx", as_xlsx(ROWS)[:3000], "table.damaged"),
        ("a.docx", with_document(lambda old: old[:-700]), "table.damaged"),
        ("a.docx", b"", "table.damaged"),
        ("a.docx", OLE + "EncryptedPackage".encode("utf-16-le"), "table.encrypted"),
        ("a.xlsx", OLE + b"\0" * 512, "table.old_format"),
        ("a.docx", encrypted_zip(), "table.encrypted"),
        ("a.docm", as_docx(ROWS), "table.macros"),
        ("a.xlsm", as_xlsx(ROWS), "table.macros"),
        ("a.docx", repacked(as_docx(ROWS), unchanged, word__vbaProject_DOT_bin=b"x"),
         "table.macros"),
        ("a.docx", repacked(as_docx(ROWS), lambda _, old: old.replace(
            b"wordprocessingml.document.main", b"x.macroEnabled.main")), "table.macros"),
        ("a.docx", with_document(lambda old: ENTITY + old), "table.entities"),
        ("a.docx", with_document(lambda old: (ENTITY + old).decode().encode("utf-16-be")),
         "table.entities"),
        ("a.docx", with_renamed_document(b"word/document.part", lambda old: ENTITY + old),
         "table.entities"),
        ("a.docx", foreign_zip(), "table.type"),
        ("a.docx", as_xlsx(ROWS), "table.type"),
        ("a.xlsx", as_docx(ROWS), "table.type"),
        ("a.csv", as_xlsx(ROWS), "table.type"),
        ("a.docx", as_csv(ROWS), "table.type"),
        ("a.txt", b"%PDF-1.7\n...", "table.type"),
        ("a.pdf", b"%PDF-1.7\n...", "table.type"),
        ("a", SEED.read_bytes(), "table.type"),
        ("a.txt", b"\x00\x01\x02\x03", "table.charset"),
        ("a.docx", bomb(1000, 500_000_000), "table.unpacked_size"),
        ("a.docx", bomb(40_000_000, 1000), "table.damaged"),
        ("a.docx", bomb(40_000_000, 40_000_000), "table.unpacked_size"),
        ("a.docx", bomb(9_900_000, 9_900_000), "table.unpacking_ratio"),
        ("a.docx", repacked(as_docx(ROWS), unchanged, **{f"n{i}": b"" for i in range(600)}),
         "table.archive_entries"),
        ("a.csv", b"x" * 5_000_001, "table.upload_size"),
        ("a.csv", as_csv([*ROWS, *([[""] * 10 + ["x"]] * 6000)]), "table.rows"),
        ("a.csv", as_csv([*ROWS, *([["x"] * 100] * 1000)]), "table.cells"),
        ("a.csv", as_csv([["x" * 20_001, *ROWS[0][1:]], *ROWS]), "table.cell_length"),
        ("a.csv", as_csv([["x" * 200_000, *ROWS[0][1:]], *ROWS]), "table.csv"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_is_refused(name: str, content: bytes, rule: str) -> None:
    tracemalloc.start()
    start_seconds = time.process_time()
    try:
        with pytest.raises(UnreadableTable) as refusal:
            read_table(content, name, LIMITS)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refusal.value.rule == rule
    assert refusal.value.detail
    assert peak < MOST_MEMORY
    assert time.process_time() - start_seconds < MOST_SECONDS


def crowded(tag: bytes, times: int) -> bytes:
    """A document of very many tags that compresses too little to be told by its ratio."""
    noise = b"".join(
        b"<w:p><w:r><w:t>%08x</w:t></w:r></w:p>" % zlib.crc32(b"%d" % n) for n in range(times)
    )
    return with_document(lambda old: old.replace(b"<w:sectPr", noise + tag + b"<w:sectPr"))


def test_a_tree_of_too_many_tags_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(TableTooLarge) as refusal:
        read_table(crowded(b"", 101_000), "a.docx", LIMITS)
    assert refusal.value.rule == "table.xml_tags"


MEASURED = """
import resource, sys
from services.catalog.council_table.grammar.limits import TableLimits, UnreadableTable
from services.catalog.council_table.reading.read_table import read_table
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_table(sys.stdin.buffer.read(), sys.argv[1], TableLimits())
except UnreadableTable:
    pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def kilobytes(content: bytes, name: str) -> int:
    """How much memory a process of its own takes to read the table, parsers' trees included."""
    process = subprocess.run(
        [sys.executable, "-c", MEASURED, name], input=content, capture_output=True, check=True
    )
    return int(process.stdout)


@pytest.mark.parametrize("element", [b"<w:p/>", b"<w:tbl/>", b"<w:p><w:r><w:t>x</w:t></w:r></w:p>"])
def test_the_heaviest_document_within_the_limits_takes_bounded_memory(element: bytes) -> None:
    noise = b"".join(
        b"<!--%08x-->" % zlib.crc32(b"%d" % n) if n % 40 == 0 else element
        for n in range(560_000 // element.count(b"<"))
    )
    content = with_document(lambda old: old.replace(b"<w:sectPr", noise + b"<w:sectPr"))
    assert kilobytes(content, "a.docx") < MOST_KILOBYTES


def test_the_heaviest_workbook_within_the_limits_takes_bounded_memory() -> None:
    cells = b"".join(
        b'<row r="%d"><c/><c><v>%d</v></c></row>' % (n + 20, zlib.crc32(b"%d" % n))
        for n in range(70_000)
    )
    content = repacked(
        as_xlsx(ROWS), lambda _, old: old.replace(b"</sheetData>", cells + b"</sheetData>")
    )
    assert kilobytes(content, "a.xlsx") < MOST_KILOBYTES


def test_real_sizes_are_counted_whatever_is_declared() -> None:
    small = replace(LIMITS, unpacked_bytes=60_000, entry_bytes=50_000)
    with pytest.raises(TableTooLarge) as refusal:
        read_table(as_docx(ROWS), "a.docx", small)
    assert refusal.value.rule == "table.unpacked_size"


@pytest.mark.parametrize("reference", ["A1:XFD1048576", "A1:K6000", "A:C"])
def test_a_merge_over_a_whole_sheet_costs_little(reference: str) -> None:
    content = repacked(
        as_xlsx(ROWS, 3),
        lambda _, old: old.replace(b'ref="C3:C12"', b'ref="%s"' % reference.encode()),
    )
    start_seconds = time.process_time()
    with contextlib.suppress(UnreadableTable):
        read_table(content, "a.xlsx", LIMITS)
    assert time.process_time() - start_seconds < MOST_SECONDS


def test_a_cell_at_the_far_end_of_a_sheet_costs_little() -> None:
    content = repacked(
        as_xlsx(ROWS),
        lambda _, old: old.replace(
            b"</sheetData>", b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>'
        ),
    )
    start_seconds = time.process_time()
    read_table(content, "a.xlsx", LIMITS)
    assert time.process_time() - start_seconds < MOST_SECONDS


@pytest.mark.parametrize("word", ["приказ ", "1 год", "A/01.3", "не менее ", " или ", "1. А", "- "])
def test_long_cells_are_read_in_bounded_time(word: str) -> None:
    long = (word * 20_000)[:19_000]
    start_seconds = time.process_time()
    for column in range(1, 11):
        row = list(ROWS[0])
        row[column] = long
        read_table(as_csv([row]), "a.csv", TableLimits())
    assert time.process_time() - start_seconds < MOST_SECONDS


def test_nothing_outside_the_file_is_read() -> None:
    """A relation to an outside file is never followed: the path does not exist, and nobody asks."""
    outside = b'TargetMode="External" Target="file:///nowhere/template.dotx"/>'
    relation = b'<Relationship Id="rX" Type="http://x/attachedTemplate" ' + outside
    content = repacked(
        as_docx(ROWS),
        lambda name, old: (
            old.replace(b"</Relationships>", relation + b"</Relationships>")
            if name == "word/_rels/document.xml.rels"
            else old
        ),
    )
    assert len(read_table(content, "a.docx", LIMITS).candidates) == 5


_ATTRIBUTE = re.compile(rb'="[^"]*"')
_VALUES = (
    b'=""',
    b'="-1"',
    b'="x"',
    b'="99999999999999999999"',
    b'="\xd0\xb0"',
    b'="1e9"',
    b'="0"',
)


@pytest.mark.parametrize(("make", "name"), [(as_docx, "a.docx"), (as_xlsx, "a.xlsx")])
@settings(max_examples=60)
@given(seed=st.integers(0, 2**32))
def test_a_part_with_any_values_is_read_or_refused(
    make: Callable[..., bytes], name: str, seed: int
) -> None:
    """Attributes of all parts are replaced at random, and elements left out."""
    random = Random(seed)

    def change(_: str, content: bytes) -> bytes:
        new_content = _ATTRIBUTE.sub(
            lambda match: match[0] if random.random() > 0.02 else random.choice(_VALUES), content
        )
        start = random.randrange(len(new_content) + 1)
        return (
            new_content
            if random.random() > 0.1
            else new_content[:start] + new_content[start + 40 :]
        )

    with contextlib.suppress(UnreadableTable):
        read_table(repacked(make(ROWS[:3]), change), name, LIMITS)
