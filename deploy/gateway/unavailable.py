"""The answer for a service that gives none: a page in the reader's language, or a problem."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PAGES_FOLDER = Path(__file__).parent
FIRST_LANGUAGE = "ru"
CONNECT_SECONDS = 2
SILENCE_SECONDS = 120
"""After so long without a byte in either direction a service counts as hanging."""
STAND_IN_SECONDS = 5
"""The same for an address that another service answers as well: then that one is asked."""
RETRY_SECONDS = 60
"""In `Retry-After`; the page says the same in words."""
PROBLEM_PREFIXES = ("v1", "openapi")
"""First segments of what machines ask for: they get a problem document, not a page."""
PAGE_NAME = "unavailable.{language}.html"
PROBLEM_MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class UnavailablePages:
    """The static pages by language, the first language first."""

    pages: Mapping[str, str]

    @classmethod
    def read(cls, folder: Path = PAGES_FOLDER) -> Self:
        """The pages of this folder."""
        paths = sorted(folder.glob(PAGE_NAME.format(language="*")))
        pages = {path.name.split(".")[1]: path.read_text() for path in paths}
        return cls({FIRST_LANGUAGE: pages.pop(FIRST_LANGUAGE), **pages})

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every page; its style is allowed by its hash."""
        hashes = sorted({_hash_style(page) for page in self.pages.values()})
        styles = " ".join(f"'sha256-{digest}'" for digest in hashes)
        return {
            "Content-Security-Policy": f"default-src 'none'; style-src {styles}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Vary": "Cookie, Accept-Language",
            **RETRY_HEADERS,
        }


RETRY_HEADERS: Mapping[str, str] = {
    "Retry-After": str(RETRY_SECONDS),
    "Cache-Control": "no-store",
}


def unavailable_problem(instance: str) -> str:
    """The problem document for a service that does not answer; `instance` names the request."""
    return build_problem(
        503,
        "service.unavailable",
        "The service does not answer",
        f"Send the request again after {RETRY_SECONDS} seconds; one that writes with the same"
        " Idempotency-Key or If-Match.",
        instance,
    )


def closed_problem(instance: str) -> str:
    """The problem document for an address that is not reached from outside."""
    return build_problem(
        404,
        "http.not_found",
        "Not Found",
        "Nothing is published at this address.",
        instance,
    )


def build_problem(status: int, rule: str, title: str, detail: str, instance: str) -> str:
    """A problem document (RFC 9457) in the form of those of the services."""
    return json.dumps(
        {
            "type": f"/problems/{rule}",
            "title": title,
            "status": status,
            "detail": detail,
            "instance": f"urn:attesta:request:{instance}",
            "rule": rule,
            "errors": [],
        }
    )


def _hash_style(page: str) -> str:
    """The hash of the page's style, as a Content-Security-Policy names it."""
    match = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert match is not None, "each page has a style of its own"
    return base64.b64encode(hashlib.sha256(match[1].encode()).digest()).decode()
