"""The text of a file in the charsets in which Russian offices write.

A charset that the file does not state is taken only where it is certain: where the text reads as
Russian in that one alone, letters and signs that people write, most of them the frequent ones.
"""

import codecs
import re

from services.catalog.council_table.grammar.limits import UnreadableTable

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # begins like UTF-16's
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_RUSSIAN_CHARSETS = ("cp1251", "koi8_r", "cp866", "mac_cyrillic")
_WIDE_CHARSETS = ("utf-16-le", "utf-16-be")
_USUAL_SIGN = re.compile(r"[\t\n\r\f -~А-Яа-яЁё\u00a0«»„“”‘’–—•…№§°·−\u00ad\ufeff]")
_FREQUENT_LETTER = re.compile(r"[оеаинтсрвл]")
_MOST_UNUSUAL = 0.003
"""Share of signs that are not usual, of all that are not ASCII: capitals of a wrong charset are
more, and so are the letters я."""
_LEAST_FREQUENT = 0.4
"""Share of the frequent letters: of Russian text, two thirds."""
_LEAST_LEAD = 1.3
"""How many times better than the next one the best charset must be."""


def decode_text(content: bytes) -> tuple[str, str | None]:
    """The text, and its charset if it had to be detected: it is neither UTF-8 nor has a mark.

    Raises `UnreadableTable` where the bytes are no text, or of a charset that is not certain.
    """
    for mark, charset in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return _decode_strictly(content, charset), None
    if b"\x00" not in content:
        try:
            return content.decode("utf-8"), None
        except UnicodeDecodeError:
            return _detect(content, _RUSSIAN_CHARSETS)
    return _detect(content, _WIDE_CHARSETS)


def _detect(content: bytes, charsets: tuple[str, ...]) -> tuple[str, str]:
    """The text and the one charset of these in which it reads as Russian.

    Raises `UnreadableTable` for none, and for several.
    """
    texts = {
        charset: text for charset in charsets if (text := _try_decode(content, charset)) is not None
    }
    scores = {charset: _score_text(text) for charset, text in texts.items()}
    ranking = sorted(scores, key=lambda charset: scores[charset], reverse=True)
    other_scores = [scores[charset] for charset in ranking[1:]]
    least_score = max(_LEAST_FREQUENT, _LEAST_LEAD * max(other_scores, default=0))
    if not ranking or scores[ranking[0]] < least_score:
        raise _charset_error()
    return texts[ranking[0]], ranking[0]


def _score_text(text: str) -> float:
    """The share of frequent letters in the text beyond ASCII; 0 where too much is unusual."""
    beyond_ascii = re.sub(r"[\x20-\x7e\t\n\r\f]+", "", text)
    if not beyond_ascii:
        return 0
    unusual_count = len(_USUAL_SIGN.sub("", beyond_ascii))
    if unusual_count > _MOST_UNUSUAL * len(beyond_ascii):
        return 0
    return len(_FREQUENT_LETTER.findall(beyond_ascii)) / len(beyond_ascii)


def _try_decode(content: bytes, charset: str) -> str | None:
    """The text in the charset; None where a byte means nothing in it."""
    try:
        return content.decode(charset)
    except UnicodeDecodeError:
        return None


def _decode_strictly(content: bytes, charset: str) -> str:
    """Decodes every byte. Raises `UnreadableTable` for one that the charset does not have."""
    text = _try_decode(content, charset)
    if text is None:
        raise _charset_error()
    return text


def _charset_error() -> UnreadableTable:
    return UnreadableTable(
        "table.charset",
        "The charset of the file is not certain. Save it as UTF-8: in Excel, "
        "«CSV UTF-8 (Comma delimited)».",
    )
