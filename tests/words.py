"""What a person reads or hears on a rendered page, held against the page's language.

`list_foreign_sentences` finds words of another language, `list_codes` what only machines read. Both
look at visible text and at attributes that are read aloud. What somebody typed, and what stands in
`pre`, is the person's own or a proof to copy: it is passed over.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser

READ_ATTRIBUTES = ("title", "aria-label", "aria-description", "alt", "placeholder", "label")
"""Attributes that are read aloud; besides, `value` of buttons and `content` of descriptions."""
UNREAD_ELEMENTS = frozenset({"script", "style", "pre", "textarea", "template"})
VOID_ELEMENTS = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)
SCRIPTS = {"ru": re.compile(r"[а-яё]", re.IGNORECASE), "en": re.compile(r"[a-z]", re.IGNORECASE)}
"""The letters of each language."""

KEPT_WORDS = {
    *("aa", "api", "attesta", "axe", "cookie", "csv", "docx", "html", "iec", "iso", "javascript"),
    "excel",
    *("jpeg", "json", "jws", "ndjson", "openapi", "pdf", "png", "tiff", "utf", "wav", "wcag"),
    "xlsx",
}
"""Names and abbreviations that both languages write alike."""

_ADDRESS = re.compile(
    r"(?<!\S)(?:\S*@\S+|\S*://\S*|\S+\.(?:pdf|jpe?g|png|tiff?|mp[34]|wav|docx|xlsx|csv)\b)"
)
"""Addresses of e-mail and of pages, names of files; looked for where a word begins."""
_REFERENCE = re.compile(r"\b[0-9A-F]{4}-[0-9A-F]{4}\b")
"""What a failure is found by in the logs."""
_WORD = re.compile(r"[^\W\d_][^\W_]*(?:['’-][^\W_]+)*")
_ROMAN_NUMERAL = re.compile(r"[IVXLC]+")

CODES = (
    ("snake_case", re.compile(r"(?<![\w/.-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w-])")),
    ("dotted rule", re.compile(r"(?<![\w/.@-])[a-z][a-z_]+(?:\.[a-z][a-z_]+)+(?![\w.@-])")),
    ("pointer", re.compile(r"(?<![\w./:>#])(?:#\w+)?/[a-z][a-z0-9_-]*(?:/[\w-]+)*")),
    ("UUID", re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)),
    ("instant", re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d\S*")),
    ("period", re.compile(r"\bP(?:\d+[YMWD])+\b")),
    ("placeholder", re.compile(r"\{\w*\}")),
    ("value", re.compile(r"^(?:None|True|False|Undefined)$")),
)
HOST_ENDINGS = ("com", "example", "local", "net", "org", "ru", "test")
"""What ends the name of a host, which looks like a dotted rule."""


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of text or an attribute, with the language that the page says it is in."""

    text: str
    language: str | None
    names_language: bool


def list_foreign_sentences(
    html: str, language: str, data: Collection[str] = frozenset()
) -> list[str]:
    """Texts with words in another script than the language of the page, each once.

    A piece marked with another `lang` is data, such as the name of a qualification; but a Russian
    page has no English data, so there it is foreign, too. Only the switch of the language may name
    another. `data` are words that may stand anywhere: names of people.
    """
    reader = _read_page(html)
    other_script = next(script for code, script in SCRIPTS.items() if code != language)
    kept_words = KEPT_WORDS | {word.lower() for word in data}
    foreign_texts = [
        piece.text
        for piece in reader.pieces
        if not piece.names_language
        and (piece.language in (None, language) or language == "ru")
        and _has_words(piece.text, other_script, kept_words)
    ]
    if reader.page_language != language:
        foreign_texts.insert(0, f'<html lang="{reader.page_language}">')
    return list(dict.fromkeys(foreign_texts))


def list_codes(html: str) -> list[str]:
    """What only machines read: `snake_case`, names of rules, pointers, UUIDs, raw values."""
    codes = (code for piece in _read_page(html).pieces for code in _codes_in(piece.text))
    return list(dict.fromkeys(codes))


def _has_words(text: str, script: re.Pattern[str], kept_words: Collection[str]) -> bool:
    if not script.search(text):
        return False
    words = _WORD.findall(_REFERENCE.sub(" ", _ADDRESS.sub(" ", text)))
    return any(
        script.search(word)
        and len(word) > 1
        and not any(character.isdigit() for character in word)
        and not _ROMAN_NUMERAL.fullmatch(word)
        and word.lower() not in kept_words
        for word in words
    )


def _codes_in(text: str) -> Iterator[str]:
    remaining_text = _ADDRESS.sub(" ", text)
    for kind, pattern in CODES:
        for match in pattern.finditer(remaining_text):
            is_host = kind == "dotted rule" and match[0].rpartition(".")[2] in HOST_ENDINGS
            if not is_host:
                yield match[0]


class _PageReader(HTMLParser):
    """Collects the pieces of a page that are read, with their languages."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[Words] = []
        self.page_language: str | None = None
        self._open_elements: list[tuple[str, str | None, bool]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens an element, and reads its attributes in its own language."""
        attributes = {name: value or "" for name, value in attrs}
        _, language, is_switch = (
            self._open_elements[-1] if self._open_elements else ("", None, False)
        )
        language = attributes.get("lang", language)
        if tag == "html":
            self.page_language = language
        is_link = tag in ("a", "button")
        is_switch = is_switch or (is_link and "language" in attributes.get("class", "").split())
        for text in _read_attributes(tag, attributes):
            self._add(text, language, names_language=is_switch)
        if tag not in VOID_ELEMENTS:
            self._open_elements.append((tag, language, is_switch))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Reads an element that is closed at once."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID_ELEMENTS:
            self._open_elements.pop()

    def handle_endtag(self, tag: str) -> None:
        """Closes the element, and those in it that were left open."""
        names = [name for name, _, _ in self._open_elements]
        if tag in names:
            last_index = len(names) - 1 - names[::-1].index(tag)
            del self._open_elements[last_index:]

    def handle_data(self, data: str) -> None:
        """Reads a piece of text."""
        if any(name in UNREAD_ELEMENTS for name, _, _ in self._open_elements):
            return
        _, language, is_switch = (
            self._open_elements[-1] if self._open_elements else ("", None, False)
        )
        self._add(data, language, names_language=is_switch)

    def _add(self, text: str, language: str | None, *, names_language: bool) -> None:
        words = " ".join(text.split())
        if words:
            self.pieces.append(Words(words, language, names_language))


@lru_cache(maxsize=1)
def _read_page(html: str) -> _PageReader:
    """The page, parsed once for all that is asked about it."""
    return _PageReader(html)


def _read_attributes(tag: str, attributes: dict[str, str]) -> Iterator[str]:
    yield from (attributes[name] for name in READ_ATTRIBUTES if name in attributes)
    if tag == "input" and attributes.get("type") in ("submit", "button", "reset"):
        yield attributes.get("value", "")
    if tag == "meta" and attributes.get("name") == "description":
        yield attributes.get("content", "")
