"""What must hold for every page, whatever it is about."""

import re
from collections.abc import Collection, Iterator
from html import escape

import httpx
from lxml import html
from lxml.html import HtmlElement

from tests.site.hostile_text import TEXTS
from tests.words import list_codes, list_foreign_sentences

TOLD_FAILURE = "/sign-in?failure="
"""The page that tells of the provider's failures has their statuses."""
UNTIED_TYPES = frozenset({"hidden", "submit", "button"})
REFERENCES = ("for", "aria-describedby", "aria-labelledby", "aria-controls", "form", "list")
"""Attributes that name other elements by their ids."""
REFERENCE = "/problems"
"""The pages that explain rules to programmers: names for machines are their subject."""
REFERENCE_WORDS = frozenset(
    ("accept", "allow", "content-encoding", "content-type", "errors", "etag", "false", "https")
) | {
    "idempotency-key",
    "if-match",
    "instance",
    "retry-after",
    "rfc",
    "true",
    "utc",
    "uuid",
    "www-authenticate",
}
"""Headers and values that these pages name."""
REFERENCE_CODES = frozenset({"2026-03-31T15:00:00+03:00."})
TYPED_CODES = frozenset(list_codes(f"<p>{'</p><p>'.join(map(escape, TEXTS))}</p>"))
"""What looks like a code in the texts that the crawl types."""


def list_page_faults(
    response: httpx.Response, language: str, data: Collection[str] = ()
) -> list[str]:
    """What is wrong with a page in this language; `data` are words that people have typed."""
    media_type = response.headers.get("content-type", "")
    if response.status_code >= 500 and TOLD_FAILURE not in str(response.request.url):
        return [f"a defect: {response.status_code}"]
    if media_type != "text/html; charset=utf-8":
        return [f"no page, but {media_type}: {response.text[:200]}"]
    tree = html.fromstring(response.text)
    return [
        *_list_frame_faults(response, tree, language),
        *_list_reference_faults(tree),
        *_list_markup_faults(tree),
        *_list_word_faults(response, tree, language, data),
    ]


def _list_frame_faults(response: httpx.Response, tree: HtmlElement, language: str) -> Iterator[str]:
    if tree.get("lang") != language:
        yield f"its language is {tree.get('lang')!r}"
    if len(tree.xpath("//h1")) != 1 or not tree.xpath("string(//h1)").strip():
        yield f"{len(tree.xpath('//h1'))} first headings: {tree.xpath('string(//h1)')!r}"
    title = tree.xpath("string(//title)").strip()
    if title.startswith("·") or not title.endswith("· Attesta"):
        yield f"its title is {title!r}"
    if "default-src 'none'" not in response.headers.get("content-security-policy", ""):
        yield "no policy keeps foreign scripts out"


def _list_reference_faults(tree: HtmlElement) -> Iterator[str]:
    """Ids twice, names of ids that are not there, fields without a label."""
    ids = tree.xpath("//@id")
    yield from (f"id {name!r} twice" for name in {name for name in ids if ids.count(name) > 1})
    for attribute in REFERENCES:
        for value in tree.xpath(f"//@{attribute}"):
            missing_ids = [name for name in value.split() if name not in ids]
            if missing_ids or not value.strip():
                yield f"{attribute}={value!r} leads nowhere"
    for href in tree.xpath("//a/@href[starts-with(., '#')]"):
        if href[1:] not in ids:
            yield f"the link {href!r} leads nowhere"
    labelled_ids = set(tree.xpath("//label/@for"))
    for control in tree.xpath("//input | //select | //textarea"):
        has_label = control.get("id") in labelled_ids or control.get("aria-label")
        if control.get("type") not in UNTIED_TYPES and not has_label:
            yield f"no label: {html.tostring(control, encoding='unicode')[:120]}"


def _list_markup_faults(tree: HtmlElement) -> Iterator[str]:
    """What would be a hole, or what the pages' own policy would not let work."""
    for attribute in tree.xpath("//@*[starts-with(name(), 'on')]"):
        yield f"a script in an attribute: {attribute!r}"
    if tree.xpath("//@style | //style"):
        yield "a style in the page"
    if len(tree.xpath("//script")) != 1 or tree.xpath("//script[text() or not(@src)]"):
        yield "a script in the page"
    if tree.xpath("//img | //iframe | //object"):
        yield "an element that no page has"
    for address in tree.xpath("//@href | //@src | //@action | //@formaction"):
        if re.match(r"\s*(?:javascript|data|vbscript):", address, re.IGNORECASE):
            yield f"a script in an address: {address!r}"
    if "&lt;script" in tree.xpath("string(/)"):
        yield "escaped twice"


def _list_word_faults(
    response: httpx.Response, tree: HtmlElement, language: str, data: Collection[str]
) -> Iterator[str]:
    """Words and codes; what is marked as Russian on an English page stands in its title, too."""
    machine_names = tree.xpath("//body//*[@translate='no']//text()")
    is_reference = REFERENCE in response.request.url.path
    if machine_names and not is_reference:
        yield f"names for machines: {machine_names[:3]}"
    marked_texts = [*tree.xpath("//body//*[@lang='ru']//text()"), *machine_names]
    marked_words = re.findall(r"[\w'’-]+", " ".join(marked_texts).replace("_", " ").lower())
    known_words = {*data, *marked_words, *(REFERENCE_WORDS if is_reference else ())}
    for sentence in list_foreign_sentences(response.text, language, known_words):
        yield f"foreign: {sentence[:200]!r}"
    known_codes = TYPED_CODES | REFERENCE_CODES if is_reference else TYPED_CODES
    for code in list_codes(response.text):
        if code not in known_codes and not any(code in name for name in machine_names):
            yield f"a code: {code!r}"
    for element in tree.xpath("//main//*[self::h1 or self::h2 or self::button or self::dt]"):
        words = " ".join(element.itertext()).strip() + element.get("aria-label", "")
        if not words and element.get("aria-hidden") != "true":
            yield f"nothing in {html.tostring(element, encoding='unicode')[:120]}"
