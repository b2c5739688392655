"""Letters on paper: one file of a selection, each on sheets of its own, addressed for a window.

Name and address are read from the file while it is printed, and stand nowhere else. Tagged by
PDF/UA-1. The same letters on the same day give the same bytes.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.letters.addresses import find_postal_address
from services.applications.letters.models import Letter
from services.applications.letters.words import LetterWords, choose_words
from services.applications.settings import ApplicationsSettings
from shared.locale.catalogues import Languages
from shared.locale.translator import Translator
from shared.qr_codes import draw_qr_code
from shared.typesetting.pdf import compile_pdf

TEMPLATE = Path(__file__).parent / "letter.typ"


@dataclass(frozen=True, slots=True)
class PrintedLetter:
    """A letter as it is printed."""

    sender: str
    person: str
    address: str
    case_number: str
    day: str
    words: LetterWords


async def compose_printed_letter(
    session: AsyncSession,
    settings: ApplicationsSettings,
    languages: Languages,
    letter: Letter,
    today: date,
) -> PrintedLetter:
    """The letter with the name and the address that the file has now."""
    application = await session.get_one(Application, letter.application_id)
    words = await choose_words(session, settings, languages, letter, application)
    names = (application.family_name, application.given_name, application.patronymic)
    return PrintedLetter(
        sender=application.centre_name,
        person=" ".join(name for name in names if name),
        address=find_postal_address(application) or "",
        case_number=application.number,
        day=languages[words.language].format_day(today),
        words=words,
    )


def print_letters(
    settings: ApplicationsSettings, t: Translator, letters: Sequence[PrintedLetter], today: date
) -> bytes:
    """The letters as one PDF, in their order; its title is in the language of who prints.

    Raises `RuleViolation` where a text of one cannot be printed.
    """
    fields = {
        "title": t("hand.pdf_title", day=t.format_day(today)),
        "language": t.language,
        "day": today.isoformat(),
        "letters": [_build_fields(letter) for letter in letters],
    }
    return compile_pdf(TEMPLATE, fields, settings.font, settings.font_folder)


def _build_fields(letter: PrintedLetter) -> dict[str, object]:
    fields = asdict(letter)
    for link in fields["words"]["links"]:
        link["code"] = draw_qr_code(link["address"])
    return fields
