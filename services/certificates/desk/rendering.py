"""The site of operations, and what all its pages need of a request."""

from datetime import timedelta

from fastapi import Request

from shared.locale.translator import Translator
from shared.pages.operations.service_pages import WORDS
from shared.pages.preferences import page_language
from shared.pages.site import Site
from shared.web.resources import get_resources

SITE = Site(
    "services.certificates.desk",
    "operations",
    {**WORDS, "one_day": timedelta(days=1)},
    is_work=True,
)


def get_translator(request: Request) -> Translator:
    """The words of the page's language."""
    return get_resources(request).languages[page_language(request)]


def build_path(request: Request, path: str) -> str:
    """The address of a page of operations in the page's language."""
    return f"/{page_language(request)}/operations{path}"
