"""The language that a browser asks for, by the header `Accept-Language` (RFC 9110, 12.5.4)."""

import re
from collections.abc import Sequence

from babel import negotiate_locale

_RANGE = re.compile(
    r"(?P<tag>[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)"
    r"(?:[ \t]*;[ \t]*[Qq]=(?P<weight>0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?"
)


def choose_language(header: str, languages: Sequence[str]) -> str:
    """The language that the header prefers; the first one where it asks for none of them.

    `en-GB` asks for `en`, too. `*` stands for every language that the header does not name, and a
    weight of 0 refuses one. What cannot be read is passed over.
    """
    weights = _read_weights(header)
    named_languages = {_match_language(tag, languages) for tag in weights}
    for tag in sorted(weights, key=lambda tag: -weights[tag]):
        if tag == "*":
            language = next((code for code in languages if code not in named_languages), None)
        else:
            language = _match_language(tag, languages)
        if language is not None and weights[tag] > 0:
            return language
    return languages[0]


def _read_weights(header: str) -> dict[str, float]:
    """The weight of each language that the header names, in its order; the last of two holds."""
    matches = (_RANGE.fullmatch(part.strip()) for part in header.split(","))
    return {match["tag"].lower(): float(match["weight"] or 1) for match in matches if match}


def _match_language(tag: str, languages: Sequence[str]) -> str | None:
    """The language that the tag names, exactly or by its first part."""
    return negotiate_locale([tag], languages, sep="-")
