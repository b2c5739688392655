"""An Office package: its parts, found by the relations between them, never by customary names.

Editors name parts as they like and write backslashes; names are one whatever their letters' case.
What a part is, the relation says that leads to it. Documents in the strict form (ISO/IEC 29500)
have other namespaces for the same elements, so they are read as the transitional ones.
"""

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from lxml import etree

_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_STRICT = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL = b"http://schemas.openxmlformats.org/"
_STRICT_NAMESPACES = {
    b"wordprocessingml/main": b"wordprocessingml/2006/main",
    b"spreadsheetml/main": b"spreadsheetml/2006/main",
    b"officeDocument/relationships": b"officeDocument/2006/relationships",
    b"officeDocument/math": b"officeDocument/2006/math",
}
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_XML_DECLARATION = re.compile(r"^\ufeff?<\?xml[^>]*\?>")

RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
"""The attribute by which an element names a relation."""


class DamagedPackage(ValueError):
    """A part that the package needs is missing or no XML."""


class DeclaredEntities(ValueError):
    """A part declares entities: what it says would depend on who reads it."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation to a part of the package: its id, its kind such as `styles`, the part's name."""

    id: str
    kind: str
    part: str


class OfficePackage:
    """The parts of a package whose archive was checked. Nothing outside it is ever opened."""

    def __init__(self, content: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(content))
        self._entries = {normalize_part_name(name): name for name in self._archive.namelist()}

    @property
    def is_office_package(self) -> bool:
        """Whether the archive says that it is a package; others are of another type."""
        return bool({"[content_types].xml", "_rels/.rels"} & self._entries.keys())

    def find_main_part(self) -> str:
        """The name of the part that the package is about. Raises `DamagedPackage` without one."""
        for relation in self.list_relations(""):
            if relation.kind == "officedocument":
                return relation.part
        raise DamagedPackage("no main part")

    def list_relations(self, part: str) -> list[Relation]:
        """A part's relations to other parts, in their order; `""` is the package itself."""
        folder, name = posixpath.split(part)
        relations_part = posixpath.join(folder, "_rels", f"{name}.rels")
        if relations_part not in self._entries:
            return []
        return [
            Relation(
                element.get("Id", ""),
                element.get("Type", "").rpartition("/")[2].casefold(),
                normalize_part_name(posixpath.join("/", folder, _slashed(element.get("Target")))),
            )
            for element in self.parse_part(relations_part).iter(_RELATION)
            if element.get("TargetMode") != "External"
        ]

    def find_related(self, part: str, kind: str) -> list[Any]:
        """The trees of the parts that a part has a relation of this kind to."""
        return [
            self.parse_part(relation.part)
            for relation in self.list_relations(part)
            if relation.kind == kind and relation.part in self._entries
        ]

    def parse_part(self, part: str) -> Any:
        """A part as a tree of elements in transitional namespaces.

        Raises `DamagedPackage`, `DeclaredEntities`.
        """
        if part not in self._entries:
            raise DamagedPackage(part)
        content = self._archive.read(self._entries[part])
        if content.startswith(_UTF_16_MARKS):
            content = _XML_DECLARATION.sub("", content.decode("utf-16")).encode()
        for strict, transitional in _STRICT_NAMESPACES.items():
            content = content.replace(_STRICT + strict, _TRANSITIONAL + transitional)
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
        )
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError as error:
            raise DamagedPackage(part) from error
        if root.getroottree().docinfo.internalDTD is not None:
            raise DeclaredEntities(part)
        return root


def normalize_part_name(name: str) -> str:
    """A part's name as parts are compared: `word/document.xml`, without a slash in front."""
    return posixpath.normpath("/" + unquote(_slashed(name))).lstrip("/").casefold()


def _slashed(name: str | None) -> str:
    """The name with slashes where a program has written backslashes."""
    return (name or "").replace("\\", "/")
