"""The languages that there are, from the folders of their catalogues.

A catalogue's header `Language` names the CLDR locale of dates where it is not the folder's name:
the folder `en` is written in British English, `en_GB`.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import Translations

from shared.locale.translator import Translator

FIRST_LANGUAGE = "ru"
"""The site's own language: what another lacks is said in it, and who asks for none gets it."""

SHARED_DOMAIN = "shared"
"""The name of the catalogues of what all services say."""

RULES_DOMAIN = "rules"
"""The name of the catalogues of what broken rules mean, beside the others in each folder."""

Languages = Mapping[str, Translator]
"""Every language by its code, the first language first."""

ValueNames = Mapping[str, frozenset[str]]
"""The names of the values that may stand in each message, by its key."""


class InvalidCatalogue(ValueError):
    """A catalogue cannot be used; the text names its file, and its message where it is one."""


@cache
def read_languages(
    service_folder: Path | None = None, additional_folder: Path | None = None
) -> Languages:
    """The languages of the service in this folder; without one, of what all services say.

    `additional_folder` may hold further languages, and other words for those that there are.
    Raises `InvalidCatalogue`.
    """
    sources = _own_sources(Path(__file__).parent, SHARED_DOMAIN)
    if service_folder is not None:
        sources += _own_sources(service_folder / "locale", service_folder.name)
    own_paths = _find_catalogues(sources)[FIRST_LANGUAGE]
    value_names = {
        _message_key(message): _value_names(message)
        for message in _read_catalogues(FIRST_LANGUAGE, own_paths, {})
        if message.id
    }
    if additional_folder is not None:
        domains = dict.fromkeys(domain for _, domain in sources)
        sources += [(additional_folder, domain) for domain in domains]
    catalogues = {
        language: _read_catalogues(language, paths, value_names)
        for language, paths in _find_catalogues(sources).items()
    }
    first_messages = _load_translations(catalogues[FIRST_LANGUAGE])
    languages = {}
    for language in sorted(catalogues, key=lambda code: (code != FIRST_LANGUAGE, code)):
        messages = _load_translations(catalogues[language])
        if language != FIRST_LANGUAGE:
            messages.add_fallback(first_messages)
        locale = catalogues[language].locale or Locale.parse(language, sep="-")
        languages[language] = Translator(language, locale, messages, frozenset(value_names))
    return languages


def _own_sources(folder: Path, domain: str) -> list[tuple[Path, str]]:
    """The catalogues in the folder of a service, or of all: of its pages, and of its rules."""
    return [(folder, domain), (folder, RULES_DOMAIN)]


def _find_catalogues(sources: Iterable[tuple[Path, str]]) -> dict[str, list[Path]]:
    """The catalogues of each language; what a later one says takes precedence."""
    paths: dict[str, list[Path]] = {}
    for folder, domain in sources:
        for path in folder.glob(f"*/LC_MESSAGES/{domain}.po"):
            paths.setdefault(path.parts[-3], []).append(path)
    return paths


def _read_catalogues(language: str, paths: Iterable[Path], value_names: ValueNames) -> Catalog:
    """What these files say together, without what is not translated yet.

    `value_names` are those of the first language's own messages. Raises `InvalidCatalogue`.
    """
    first_catalogue, *other_catalogues = [
        _read_catalogue(language, path, value_names) for path in paths
    ]
    for message in (message for catalogue in other_catalogues for message in catalogue):
        if message.id:
            first_catalogue.delete(message.id)
            first_catalogue[message.id] = message
    return first_catalogue


def _read_catalogue(language: str, path: Path, value_names: ValueNames) -> Catalog:
    """What the file says, without what is not translated yet. Raises `InvalidCatalogue`."""
    try:
        locale = str(Locale.parse(language, sep="-"))
        with path.open("rb") as file:
            catalogue = read_po(file, locale, abort_invalid=True)
    except (PoFileError, UnknownLocaleError, ValueError) as error:
        raise InvalidCatalogue(f"{path}: {error}") from error
    for message in tuple(catalogue):
        if not _is_translated(message):
            catalogue.delete(message.id)
        elif message.id:
            _check_values(message, value_names, path)
    return catalogue


def _is_translated(message: Message) -> bool:
    """Whether the message is complete, with all its plurals, and not marked as doubtful."""
    return not message.fuzzy and all(_message_texts(message))


def _message_texts(message: Message) -> tuple[str, ...]:
    """The one text of a message, or that of each of its plurals; blank where there is none."""
    if isinstance(message.string, str):
        return (message.string,)
    return tuple(text or "" for text in message.string or ("",))


def _message_key(message: Message) -> str:
    """The key that code and templates name; a message with plurals has it as both of its ids."""
    return message.id if isinstance(message.id, str) else message.id[0]


def _value_names(message: Message) -> frozenset[str]:
    """The names of the values in a message's texts. Raises `ValueError` for a lone brace."""
    return frozenset(
        name
        for text in _message_texts(message)
        for _, name, _, _ in Formatter().parse(text)
        if name is not None
    )


def _check_values(message: Message, value_names: ValueNames, path: Path) -> None:
    """Raises `InvalidCatalogue` for a value that the first language's message does not have."""
    key = _message_key(message)
    try:
        names = _value_names(message) - value_names.get(key, frozenset())
    except ValueError as error:
        raise InvalidCatalogue(f"{path}: {key}: {error}") from error
    if key in value_names and names:
        raise InvalidCatalogue(f"{path}: {key}: no such value: {', '.join(sorted(names))}")


def _load_translations(catalogue: Catalog) -> Translations:
    """The messages as gettext looks them up, in memory."""
    content = BytesIO()
    write_mo(content, catalogue)
    content.seek(0)
    return Translations(content)
