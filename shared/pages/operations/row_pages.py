"""Long lists a page at a time: the page that an address asks for, and the links to others."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from shared.locale.translator import Translator
from shared.metrics.database import COUNT_LIMIT

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class RowPage:
    """One page of a list; `number` counts from 1, and `total` is counted up to `COUNT_LIMIT`."""

    number: int
    total: int

    @classmethod
    def choose(cls, page_text: str, total: int) -> "RowPage":
        """The page of this text, or the nearest that there is; the first where it is no number."""
        is_number = page_text.isascii() and page_text.isdecimal()
        wanted_number = int(page_text[:6]) if is_number else 1
        last_number = max(1, -(-total // PAGE_SIZE))
        return cls(min(max(1, wanted_number), last_number), total)

    @property
    def offset(self) -> int:
        """How many rows stand before the page."""
        return (self.number - 1) * PAGE_SIZE

    def build_links(
        self, t: Translator, path: str, fields: Mapping[str, str], row_count: int
    ) -> dict[str, object]:
        """What the part `pages` shows; `fields` are the other members of the address's query."""

        def link(number: int) -> str:
            members = {**fields, "page": str(number)} if number > 1 else fields
            return f"{path}?{urlencode(members)}" if members else path

        return {
            "first": self.offset + 1,
            "last": self.offset + row_count,
            "total": say_count(t, self.total),
            "previous_href": link(self.number - 1) if self.number > 1 else "",
            "next_href": link(self.number + 1) if self.offset + row_count < self.total else "",
        }


def say_count(t: Translator, count: int) -> str:
    """A count of rows in words, also one that was not counted to its end."""
    words = t.format_number(min(count, COUNT_LIMIT))
    return t("operations.at_least", number=words) if count >= COUNT_LIMIT else words
