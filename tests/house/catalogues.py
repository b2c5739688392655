"""Catalogues as they are written, for the rules of the house."""

from functools import cache
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from tests.house.source import ROOT

SERVICES = ("catalog", "applications", "certificates")
DOMAINS = ("shared", *SERVICES)
LANGUAGES = sorted(path.parent.name for path in ROOT.glob("shared/locale/*/LC_MESSAGES"))
CATALOGUE_PATHS = sorted(
    path for package in ("services", "shared") for path in ROOT.glob(f"{package}/**/*.po")
)


@cache
def read_messages(domain: str, language: str, name: str | None = None) -> dict[str, Message]:
    """The messages of a service, or of all (`shared`), by key; those of its rules by `name`."""
    folder = ROOT / ("shared" if domain == "shared" else f"services/{domain}")
    return read_catalogue(folder / "locale" / language / "LC_MESSAGES" / f"{name or domain}.po")


def read_catalogue(path: Path) -> dict[str, Message]:
    """The messages of one file by key, in its order."""
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    return {
        message.id if isinstance(message.id, str) else message.id[0]: message
        for message in catalogue
        if message.id
    }


def message_texts(message: Message) -> tuple[str, ...]:
    """The text of a message, or that of each of its plural forms."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)  # type: ignore[arg-type]


def value_names(message: Message) -> set[str]:
    """The names of the values that stand in a message."""
    return {
        name for text in message_texts(message) for _, name, _, _ in Formatter().parse(text) if name
    }
