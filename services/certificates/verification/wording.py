"""The verdict in a sentence, for people, in the language in which they are answered."""

from datetime import date
from functools import cache
from pathlib import Path

from services.certificates.certificate.standing import Verdict
from shared.locale.catalogues import read_languages
from shared.locale.field_errors import PLAIN_LANGUAGE
from shared.locale.translator import Translator

_SERVICE_FOLDER = Path(__file__).parents[1]


@cache
def read_plain_words() -> Translator:
    """The words of English, for answers that nobody asks for in a language."""
    return read_languages(_SERVICE_FOLDER)[PLAIN_LANGUAGE]


def explain_verdict(
    t: Translator, verdict: Verdict, ends_on: date | None = None, successor: str | None = None
) -> str:
    """What the verdict means; a second sentence names the successor, where the first does not."""
    day = t.format_day(ends_on) if ends_on else None
    explanation = t(f"explanation.{verdict}", day=day, successor=successor)
    if successor is None or verdict is Verdict.SUPERSEDED:
        return explanation
    return f"{explanation} {t('explanation.successor', successor=successor)}"
