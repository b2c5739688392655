"""What phrases of column 9 and titles of column 3 mean: data, in `vocabulary.json`.

A phrase that is not in it is not read. Phrases are compared without regard to capitals, ё and е,
runs of blanks and kinds of dash.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("vocabulary.json")
_DASH = re.compile(r"\s+[-–—]\s+")


@dataclass(frozen=True)
class DocumentKind:
    """A kind of document: its slug, its title for people, and the family it belongs to."""

    kind: str
    family: str
    title: str


@dataclass(frozen=True)
class Vocabulary:
    """Phrases and what they mean; keys are canonical (see `canonical`)."""

    standards: Mapping[str, str]
    """Codes of occupational standards by their titles."""
    lower_case_names: tuple[str, ...]
    """Common names that councils print with a capital."""
    documents: Mapping[str, DocumentKind]
    experience_kind: str
    fields: Mapping[str, str]
    """Slugs of fields of experience by their phrases."""
    families: Mapping[str, Mapping[str, str]]
    """How a choice within a family is titled (`choice`), and one among families (`joined`)."""
    all_documents: str
    """The title of the whole list."""

    counts: Mapping[str, int]
    """Numbers by the words for them, from one."""

    def counted(self, count: str) -> int | None:
        """The number that digits or a word mean; None where they mean none."""
        word = canonical(count)
        return int(word) if word.isdecimal() else self.counts.get(word)

    def family(self, kind: str) -> str:
        """The family of a kind of document."""
        if kind == self.experience_kind:
            return "experience"
        return next(known.family for known in self.documents.values() if known.kind == kind)


def canonical(phrase: str) -> str:
    """The phrase as it is compared."""
    return _DASH.sub(" - ", " ".join(phrase.split())).casefold().replace("ё", "е").strip(" .;,")


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary that the service ships."""
    return parsed(json.loads(_FILE.read_text(encoding="utf-8")))


def parsed(data: dict[str, Any]) -> Vocabulary:
    """A vocabulary from the form of `vocabulary.json`."""
    return Vocabulary(
        standards={
            canonical(title): code for code, titles in data["standards"].items() for title in titles
        },
        lower_case_names=tuple(data["lower_case_names"]),
        documents={
            canonical(phrase): DocumentKind(kind["kind"], kind["family"], kind["title"])
            for kind in data["documents"]
            for phrase in kind["phrases"]
        },
        experience_kind=data["experience"]["kind"],
        fields={
            canonical(phrase): slug
            for slug, phrases in data["experience"]["fields"].items()
            for phrase in phrases
        },
        families=data["families"],
        all_documents=data["all_documents"],
        counts={word: n for n, forms in enumerate(data["counts"], 1) for word in forms},
    )
