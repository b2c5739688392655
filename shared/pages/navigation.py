"""The site's sections, across all services, and which of them a reader may enter."""

from collections.abc import Collection
from dataclasses import dataclass

from shared.principal import Principal, Scope

STAFF_SCOPES = frozenset({Scope.PROCESS, Scope.DECIDE, Scope.OPERATE})
"""A clerk, a secretary of a council, or operations: one of them opens the pages of work."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the site: the message `section.<name>`, its path, and who may enter.

    `path` stands below the language. Without `scopes` everybody may.
    """

    name: str
    path: str
    scopes: frozenset[Scope] = frozenset()

    def may_enter(self, reader: Principal | None) -> bool:
        """Whether this reader's scopes open the section; None is somebody who is not signed in."""
        return not self.scopes or (reader is not None and bool(reader.scopes & self.scopes))


SECTIONS = (
    Section("verify", "/verify"),
    Section("qualifications", "/qualifications"),
    Section("work", "/work", STAFF_SCOPES),
    Section("rosters", "/rosters", frozenset({Scope.WATCH})),
    Section("letters", "/letters", frozenset({Scope.PROCESS, Scope.DECIDE})),
    Section("operations", "/operations", frozenset({Scope.OPERATE})),
)
"""In the order of the navigation, the public ones first."""


@dataclass(frozen=True, slots=True)
class SectionLink:
    """A section as the navigation shows it to one reader on one page."""

    name: str
    path: str
    current: bool
    public: bool


def list_section_links(
    reader: Principal | None, path: str, sections: Collection[Section] = SECTIONS
) -> list[SectionLink]:
    """The sections that the reader may enter; the page at `path`, below the language, is in one."""
    return [
        SectionLink(
            section.name,
            section.path,
            path == section.path or path.startswith(f"{section.path}/"),
            not section.scopes,
        )
        for section in sections
        if section.may_enter(reader)
    ]
