"""What phrases of column 9 and titles of column 3 mean: data, in `vocabulary.json`.

A phrase that is not in it is not read. Phrases are compared as all titles are (`shared.text`), and
without regard to the punctuation around them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from shared.text import normalize_title

_FILE = Path(__file__).with_name("vocabulary.json")


class DocumentPhrases(BaseModel, frozen=True):
    """A kind of document, and the phrases that mean it."""

    kind: str
    family: str
    title: str
    phrases: tuple[str, ...]


class ExperiencePhrases(BaseModel, frozen=True):
    """The kind of document that proves experience, and the phrases of each of its fields."""

    kind: str
    fields: Mapping[str, tuple[str, ...]]


class VocabularyFile(BaseModel, frozen=True):
    """The file as it is written: phrases by what they mean."""

    standards: Mapping[str, tuple[str, ...]]
    lower_case_names: tuple[str, ...]
    families: Mapping[str, Mapping[str, str]]
    all_documents: str
    counts: tuple[tuple[str, ...], ...]
    documents: tuple[DocumentPhrases, ...]
    experience: ExperiencePhrases


@dataclass(frozen=True)
class DocumentKind:
    """A kind of document: its slug, its title for people, and the family it belongs to."""

    kind: str
    family: str
    title: str


@dataclass(frozen=True)
class Vocabulary:
    """Phrases of the tables and what they mean; keys are as `canonical_phrase` makes them."""

    standard_codes: Mapping[str, str]
    """Codes of occupational standards by their titles."""
    lower_case_names: tuple[str, ...]
    """Common names that councils print with a capital."""
    documents: Mapping[str, DocumentKind]
    experience_kind: str
    experience_fields: Mapping[str, str]
    """Slugs of fields of experience by their phrases."""
    families: Mapping[str, Mapping[str, str]]
    """How a choice within a family is titled (`choice`), and one among families (`joined`)."""
    all_documents: str
    """The title of the whole list."""

    number_words: Mapping[str, int]
    """Numbers by the words for them, from one."""

    def parse_count(self, count: str) -> int | None:
        """The number that digits or a Russian word stand for; None where they stand for none."""
        word = canonical_phrase(count)
        return int(word) if word.isdecimal() else self.number_words.get(word)

    def find_family(self, kind: str) -> str:
        """The family of a kind of document, which must be one of the vocabulary's."""
        if kind == self.experience_kind:
            return "experience"
        return next(
            document_kind.family
            for document_kind in self.documents.values()
            if document_kind.kind == kind
        )


def canonical_phrase(phrase: str) -> str:
    """The phrase in the form in which phrases are compared, without punctuation around it."""
    return normalize_title(phrase).strip(" .;,")


@cache
def load_vocabulary() -> Vocabulary:
    """The vocabulary that the service ships, read from its file once."""
    return build_vocabulary(VocabularyFile.model_validate_json(_FILE.read_bytes()))


def build_vocabulary(file: VocabularyFile) -> Vocabulary:
    """The vocabulary of a file: what each phrase means."""
    return Vocabulary(
        standard_codes={
            canonical_phrase(title): code
            for code, titles in file.standards.items()
            for title in titles
        },
        lower_case_names=file.lower_case_names,
        documents={
            canonical_phrase(phrase): DocumentKind(document.kind, document.family, document.title)
            for document in file.documents
            for phrase in document.phrases
        },
        experience_kind=file.experience.kind,
        experience_fields={
            canonical_phrase(phrase): slug
            for slug, phrases in file.experience.fields.items()
            for phrase in phrases
        },
        families=file.families,
        all_documents=file.all_documents,
        number_words={
            word: number for number, forms in enumerate(file.counts, 1) for word in forms
        },
    )
