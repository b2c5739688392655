"""A letter as an e-mail: its words, text and HTML, made when it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.application.queries import get_published_version
from services.applications.decision.models import Certificate
from services.applications.letters.models import Letter
from services.applications.settings import ApplicationsSettings
from shared.locale.catalogues import FIRST_LANGUAGE, Languages
from shared.locale.translator import Translator

_templates = Environment(
    loader=PackageLoader("services.applications.letters"),
    autoescape=True,
    undefined=StrictUndefined,
)


class AddressGone(Exception):
    """The file was emptied after the letter had been claimed."""


@dataclass(frozen=True, slots=True)
class LetterWords:
    """What a letter says: nothing of the person but which certificate it is about."""

    subject: str
    paragraphs: Sequence[str]
    facts: Sequence[tuple[str, str]]
    link_label: str
    link: str
    notes: Sequence[str]

    def to_text(self) -> str:
        """The letter for readers of plain text."""
        facts = "\n".join(f"{label}: {value}" for label, value in self.facts)
        notes = "\n".join(self.notes)
        parts = (*self.paragraphs, facts, f"{self.link_label}:\n{self.link}", f"-- \n{notes}")
        return "\n\n".join(parts) + "\n"

    def to_html(self, language: str) -> str:
        """The same as HTML; whatever stands in a value is text."""
        return _templates.get_template("letter.html").render(words=self, language=language)


async def compose_letter(
    session: AsyncSession,
    settings: ApplicationsSettings,
    languages: Languages,
    letter: Letter,
    now: datetime,
) -> EmailMessage:
    """The e-mail to the address that the file has now. Raises `AddressGone`."""
    application = await session.get_one(Application, letter.application_id)
    if application.email is None:
        raise AddressGone
    version = await get_published_version(session, application)
    certificate = await session.get(Certificate, letter.application_id)
    t = languages.get(letter.language, languages[FIRST_LANGUAGE])
    link = _build_link(settings, t.language, letter, certificate)
    words = _choose_words(t, settings, letter, version.qualification.name, link)
    message = _build_message(settings, letter, application.email, words.subject, now)
    message.set_content(words.to_text())
    message.add_alternative(words.to_html(t.language), subtype="html")
    message["Content-Language"] = t.language
    return message


def _choose_words(
    t: Translator,
    settings: ApplicationsSettings,
    letter: Letter,
    qualification: str,
    link: str,
) -> LetterWords:
    facts = {"number": letter.number, "day": t.format_day(letter.day)}
    notes = [t("letter.why"), t("letter.stop")]
    if settings.site_contact:
        notes.append(t("letter.contact", contact=settings.site_contact))
    return LetterWords(
        subject=t(f"letter.{letter.kind}.subject", **facts),
        paragraphs=(t(f"letter.{letter.kind}.lead", **facts), t(f"letter.{letter.kind}.act")),
        facts=(
            (t("letter.number"), letter.number),
            (t("letter.qualification"), qualification),
            *_describe_window(t, letter),
        ),
        link_label=t("letter.link"),
        link=link,
        notes=notes,
    )


def _describe_window(t: Translator, letter: Letter) -> Sequence[tuple[str, str]]:
    """The days on which renewal is suggested, and where it is said why; nothing without them."""
    if letter.window_starts_on is None or letter.window_ends_on is None:
        return ()
    days = t(
        "letter.window.days",
        first_day=t.format_day(letter.window_starts_on),
        last_day=t.format_day(letter.window_ends_on),
    )
    return ((t("letter.window"), days), (t("letter.window.why"), letter.window_url or ""))


def _build_link(
    settings: ApplicationsSettings, language: str, letter: Letter, certificate: Certificate | None
) -> str:
    """The page that verifies the certificate; the question's form where its day is not known."""
    page = f"{settings.site_url}/{language}/verify"
    if certificate is None:
        return page
    return f"{page}/{quote(letter.number, safe='')}/{certificate.issued_on}"


def _build_message(
    settings: ApplicationsSettings, letter: Letter, address: str, subject: str, now: datetime
) -> EmailMessage:
    """The headers. The Message-ID stays the same however often the letter is sent."""
    sender = settings.letters_sender
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, address, subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<mailto:{sender}?subject=unsubscribe%20{letter.id}>"
    return message
