"""Titles as they are compared and searched: what two people print alike must be alike here."""

import re
import unicodedata

_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_QUOTES = re.compile(r"[«»“”„‟‘’‚‛`´']")
_LOOK_ALIKES = str.maketrans({"ё": "е"})


def normalize_title(text: str) -> str:
    """The text in the form in which titles are compared and searched; never what is shown.

    Compatible characters are one (NFKC), and so are capitals and small letters, `ё` and `е`, all
    dashes, all quotation marks, and runs of blanks and line ends. Soft hyphens and characters
    without a width are left out.
    """
    compatible = unicodedata.normalize("NFKC", text)
    visible = "".join(char for char in compatible if unicodedata.category(char) != "Cf")
    folded_text = unicodedata.normalize("NFC", visible.casefold()).translate(_LOOK_ALIKES)
    return " ".join(_QUOTES.sub('"', _DASHES.sub("-", folded_text)).split())
