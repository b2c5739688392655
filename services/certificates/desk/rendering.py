"""The site of operations, and what all its pages need of a request."""

from datetime import timedelta

from fastapi import Request

from shared.pages.operations.service_pages import WORDS
from shared.pages.preferences import page_language
from shared.pages.site import Site

SITE = Site(
    "services.certificates.desk",
    "operations",
    {**WORDS, "one_day": timedelta(days=1)},
    is_work=True,
)


def build_path(request: Request, path: str) -> str:
    """The address of a page of operations in the page's language."""
    return f"/{page_language(request)}/operations{path}"
