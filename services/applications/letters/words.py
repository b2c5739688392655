"""What a letter says, by e-mail or on paper: nothing of the person but which certificate."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.application.queries import get_published_version
from services.applications.decision.models import Certificate
from services.applications.letters.models import Letter
from services.applications.letters.rules import ALWAYS_TOLD, LetterChannel, TokenPurpose
from services.applications.letters.tokens import list_purposes, make_token
from services.applications.settings import ApplicationsSettings
from shared.locale.catalogues import FIRST_LANGUAGE, Languages
from shared.locale.translator import Translator


@dataclass(frozen=True, slots=True)
class LetterLink:
    """A page that the letter leads to, and what is said about it."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class LetterWords:
    """The words of one letter in its language."""

    language: str
    subject: str
    paragraphs: Sequence[str]
    facts: Sequence[tuple[str, str]]
    links: Sequence[LetterLink]
    notes: Sequence[str]

    def to_text(self) -> str:
        """The letter for readers of plain text."""
        facts = "\n".join(f"{label}: {value}" for label, value in self.facts)
        links = [f"{link.label}:\n{link.address}" for link in self.links]
        notes = "\n".join(self.notes)
        return "\n\n".join((*self.paragraphs, facts, *links, f"-- \n{notes}")) + "\n"


async def choose_words(
    session: AsyncSession,
    settings: ApplicationsSettings,
    languages: Languages,
    letter: Letter,
    application: Application,
) -> LetterWords:
    """The words of the letter, by what is known of its certificate now."""
    t = languages.get(letter.language, languages[FIRST_LANGUAGE])
    version = await get_published_version(session, application)
    certificate = await session.get(Certificate, letter.application_id)
    if certificate is not None and certificate.certificate_id != letter.certificate_id:
        certificate = None
    facts = {"number": letter.number, "day": t.format_day(letter.day)}
    return LetterWords(
        language=t.language,
        subject=t(f"letter.{letter.kind}.subject", **facts),
        paragraphs=(
            t(f"letter.{letter.kind}.lead", **facts),
            *_say_suspension(t, letter, certificate),
            t(f"letter.{letter.kind}.act"),
        ),
        facts=(
            (t("letter.number"), letter.number),
            (t("letter.qualification"), version.qualification.name),
            *_describe_window(t, letter),
        ),
        links=_list_links(t, settings, letter, certificate),
        notes=_list_notes(t, settings, letter),
    )


def build_token_address(
    settings: ApplicationsSettings, language: str, letter: Letter, purpose: TokenPurpose
) -> str:
    """The address of the page that the letter's token opens."""
    token = make_token(settings.keyring, letter.id, purpose)
    return f"{settings.site_url}/{language}/letters/{purpose}/{token}"


def _say_suspension(
    t: Translator, letter: Letter, certificate: Certificate | None
) -> Sequence[str]:
    """A reader of the end of validity must know that it counts for nothing just now."""
    if certificate is None or certificate.suspended_on is None or letter.kind in ALWAYS_TOLD:
        return ()
    return (t("letter.suspended", day=t.format_day(certificate.suspended_on)),)


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


def _list_links(
    t: Translator,
    settings: ApplicationsSettings,
    letter: Letter,
    certificate: Certificate | None,
) -> Sequence[LetterLink]:
    """The page that verifies the certificate; where it can be confirmed again, that before it."""
    page = f"{settings.site_url}/{t.language}/verify"
    if certificate is None:
        return (LetterLink(t("letter.link"), page),)
    page = f"{page}/{quote(letter.number, safe='')}/{certificate.issued_on}"
    links = [LetterLink(t("letter.link"), page)]
    if TokenPurpose.RENEWAL in list_purposes(letter):
        address = build_token_address(settings, t.language, letter, TokenPurpose.RENEWAL)
        links.insert(0, LetterLink(t("letter.renewal"), address))
    return links


def _list_notes(t: Translator, settings: ApplicationsSettings, letter: Letter) -> Sequence[str]:
    notes = [t("letter.why" if letter.channel is LetterChannel.EMAIL else "letter.why_post")]
    if TokenPurpose.UNSUBSCRIBE in list_purposes(letter):
        address = build_token_address(settings, t.language, letter, TokenPurpose.UNSUBSCRIBE)
        notes.append(t("letter.stop", address=address))
    if settings.site_contact:
        notes.append(t("letter.contact", contact=settings.site_contact))
    return notes
