"""What stands around every page: the site's sections, the reader, languages, theme, addresses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Request

from shared.locale.translator import Translator
from shared.pages.navigation import STAFF_SCOPES, SectionLink, list_section_links
from shared.pages.preferences import Theme, read_theme
from shared.pages.static_files import MARK, SCRIPT, STYLE_SHEET, StaticFile
from shared.principal import Principal
from shared.web.resources import get_resources


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """The same page in another language."""

    language: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Shell:
    """What the frame of one page shows to one reader.

    Paths are below the origin, with the language; `site_url` with a path makes an absolute
    address. `path` is the page's own. `trace_url_template` is where operations look at traces.
    """

    site_url: str
    path: str
    sections: Sequence[SectionLink]
    languages: Sequence[LanguageLink]
    reader: Principal | None
    theme: Theme
    style: str
    script: str
    icon: str
    is_trial: bool
    trace_url_template: str | None
    now: datetime
    zone: ZoneInfo

    @property
    def reader_label(self) -> str:
        """Who is signed in, and for which centre: `И. Котова, 78.041`; blank for nobody."""
        if self.reader is None:
            return ""
        return ", ".join(
            filter(None, (self.reader.name or self.reader.subject, self.reader.centre))
        )

    @property
    def other_languages(self) -> Sequence[LanguageLink]:
        """The page in every language but its own."""
        language = self.path.split("/", 2)[1]
        return [link for link in self.languages if link.language != language]

    @property
    def reads_work(self) -> bool:
        """Whether the reader is staff, for whom the search also looks into cases."""
        return self.reader is not None and bool(self.reader.scopes & STAFF_SCOPES)

    @property
    def quoted_path(self) -> str:
        """The page's path as a part of another address's query."""
        return quote(self.path, safe="/")


def build_shell(request: Request, language: str, address: str) -> Shell:
    """The frame of the page at `address`, in this language, for the reader of this request."""
    resources = get_resources(request)
    settings = resources.settings
    languages = resources.languages

    def build_link(translator: Translator) -> LanguageLink:
        code = translator.language
        return LanguageLink(code, translator.name, f"/{code}{address}")

    def static_path(file: StaticFile) -> str:
        return f"/static/{settings.service}/{file.name}"

    reader = read_reader(request)
    return Shell(
        site_url=settings.site_url.rstrip("/"),
        path=f"/{language}{address}",
        sections=list_section_links(reader, address.partition("?")[0]),
        languages=[build_link(translator) for translator in languages.values()],
        reader=reader,
        theme=read_theme(request),
        style=static_path(STYLE_SHEET),
        script=static_path(SCRIPT),
        icon=static_path(MARK),
        is_trial=settings.trial_site,
        trace_url_template=settings.trace_url_template,
        now=resources.clock.now(),
        zone=settings.time_zone,
    )


def read_reader(request: Request) -> Principal | None:
    """Who is signed in, as the page's guard found out; None for nobody."""
    reader: Principal | None = getattr(request.state, "reader", None)
    return reader
