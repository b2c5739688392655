"""What a browser remembers of its reader's choices: the language and the theme."""

from collections.abc import Sequence
from typing import Literal, get_args
from urllib.parse import urlsplit

from fastapi import Request, Response

from shared.locale.accept_language import choose_language
from shared.locale.translator import Translator
from shared.web.resources import get_resources
from shared.web.sessions import get_cookie_name, set_cookie

LANGUAGE_COOKIE = "attesta_language"
THEME_COOKIE = "attesta_theme"
COOKIE_SECONDS = 365 * 24 * 3600
MAX_ADDRESS_LENGTH = 2000

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
"""`auto` follows the reader's system."""


def page_language(request: Request) -> str:
    """The language of a page, from its address: `/ru/...`."""
    path: str = request.scope["path"]
    return path.split("/", 2)[1]


def get_translator(request: Request) -> Translator:
    """The words of the page's language."""
    return get_resources(request).languages[page_language(request)]


def find_language(request: Request) -> str:
    """The language in which this address is answered: its own, or else the reader's."""
    languages = tuple(get_resources(request).languages)
    language = page_language(request)
    return language if language in languages else choose_reader_language(request, languages)


def choose_reader_language(request: Request, languages: Sequence[str]) -> str:
    """The language for an address that names none: by the cookie, then by the browser."""
    cookie_language = _read_preference(request, LANGUAGE_COOKIE)
    if cookie_language in languages:
        return str(cookie_language)
    return choose_language(",".join(request.headers.getlist("Accept-Language")), languages)


def read_theme(request: Request) -> Theme:
    """The theme that the reader chose."""
    chosen_theme = _read_preference(request, THEME_COOKIE)
    return next((theme for theme in THEMES if theme == chosen_theme), "auto")


def store_preference(request: Request, response: Response, name: str, value: str) -> None:
    """Lets the browser remember a choice for a year, where it does not already."""
    settings = get_resources(request).settings
    if request.cookies.get(get_cookie_name(settings, name)) != value:
        set_cookie(response, settings, name, value, COOKIE_SECONDS)


def _read_preference(request: Request, name: str) -> str | None:
    return request.cookies.get(get_cookie_name(get_resources(request).settings, name))


def read_own_path(text: str | None, default: str) -> str:
    r"""The path of a page of this site, to which a reader may be led; otherwise `default`.

    `//host`, `/\host`, other schemes, control characters and overlong texts are refused: browsers
    would leave the site.
    """
    is_own = (
        text is not None
        and text.startswith("/")
        and len(text) <= MAX_ADDRESS_LENGTH
        and text.isascii()
        and text.isprintable()
        and not text.startswith("//")
        and "\\" not in text
        and not urlsplit(text).netloc
    )
    return text if text is not None and is_own else default
