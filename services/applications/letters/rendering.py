"""A letter as an e-mail: text and HTML of the same words, made when it is sent."""

from datetime import datetime
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, Policy
from email.utils import format_datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.letters.models import Letter
from services.applications.letters.rules import TokenPurpose
from services.applications.letters.tokens import list_purposes, make_token
from services.applications.letters.words import LetterWords, build_token_address, choose_words
from services.applications.settings import ApplicationsSettings
from shared.locale.catalogues import Languages


class WholeLineHeader(UnstructuredHeader, BaseHeader):
    """A header that stays one line of plain text: folded or encoded, an address is none."""

    def fold(self, *, policy: "Policy[Any]") -> str:
        """The header as it is sent; RFC 5322 allows 998 characters."""
        return f"{self.name}: {self}{policy.linesep}"


def _build_policy() -> "EmailPolicy[Any]":
    registry = HeaderRegistry()
    registry.map_to_type("List-Unsubscribe", WholeLineHeader)
    return SMTP.clone(header_factory=registry)


_POLICY = _build_policy()
_templates = Environment(
    loader=PackageLoader("services.applications.letters"),
    autoescape=True,
    undefined=StrictUndefined,
)


class AddressGone(Exception):
    """The file was emptied after the letter had been claimed."""


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
    words = await choose_words(session, settings, languages, letter, application)
    message = build_message(settings, application.email, words, now)
    message["Message-ID"] = f"<{letter.id}@{sender_domain(settings)}>"
    if TokenPurpose.UNSUBSCRIBE in list_purposes(letter):
        address = build_token_address(settings, words.language, letter, TokenPurpose.UNSUBSCRIBE)
        message["List-Unsubscribe"] = f"<{address}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return message


def build_return_path(settings: ApplicationsSettings, letter: Letter) -> str:
    """Where the mail system brings the letter when it cannot be delivered.

    The address names no recipient; its token is the letter's own.
    """
    base = settings.letters_bounce_address or settings.letters_sender
    local_part, _, domain = base.rpartition("@")
    token = make_token(settings.keyring, letter.id, TokenPurpose.BOUNCE)
    return f"{local_part}+{token}@{domain}"


def build_message(
    settings: ApplicationsSettings, address: str, words: LetterWords, now: datetime
) -> EmailMessage:
    """The words as an e-mail, which no program answers."""
    message = EmailMessage(policy=_POLICY)
    message["From"], message["To"] = settings.letters_sender, address
    message["Subject"] = words.subject
    message["Date"] = format_datetime(now)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(words.to_text())
    html = _templates.get_template("letter.html").render(words=words)
    message.add_alternative(html, subtype="html")
    message["Content-Language"] = words.language
    return message


def sender_domain(settings: ApplicationsSettings) -> str:
    """The domain in the Message-IDs of letters."""
    return settings.letters_sender.rpartition("@")[2]
