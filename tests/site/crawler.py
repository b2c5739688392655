"""Opens every view, follows every link, sends every form in every way, and lists what is wrong."""

import re
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from lxml import html

from tests.site.case_states import CASE_STATES
from tests.site.hostile_text import WORDS
from tests.site.page_forms import (
    AS_IT_STANDS,
    TEXT_TYPES,
    TYPED_GARBAGE,
    WHOLE_FILLINGS,
    Button,
    Fields,
    PageForm,
    encode_form,
    fill_form,
    read_page,
)
from tests.site.page_rules import list_page_faults
from tests.site.served_site import ADDRESS, ServedSite
from tests.site.views import View

KNOWN_WORDS = {
    *("clerk", "secretary", "operations", "deputy", "stranger", "foreigner", "newcomer"),
    *("employer", "agency", "registry", "tester"),
    *("Петрова", "Водкина", "Петрова-Водкина", "Анна", "Сергеевна", "Котова", "Громова"),
    *("Лисин", "Орлова", "Седов", "Зал", "Оператор", "оператор", "Диплом", "Совет"),
    *("Свидетельство", "квалификации", "ыыы"),
}
"""Names of people and accounts, what the crawl types, and what a certificate prints."""
PAGE_PATH = re.compile(r"/(ru|en)(/|$)")
MAX_REDIRECTS = 4
MAX_QUERY_LENGTH = 2000
"""What a field of an address may be long: servers refuse addresses that are longer."""
PROVIDER_PATH = "/sign-in/start"
"""From here it goes to the provider, which has a test of its own."""


@dataclass(slots=True)
class Cases:
    """A case in each state; one that an act has changed is followed by a new one."""

    site: ServedSite
    numbers: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)

    async def build_all(self) -> None:
        """A case in every state."""
        for name in CASE_STATES:
            await self.replace(name)

    async def replace(self, name: str) -> None:
        """A new case in this state."""
        number = await CASE_STATES[name].build(self.site)
        self.numbers[name], self.states[number] = number, name

    def name_states(self, text: str) -> str:
        """The text with the state of each case in the place of its number."""
        return re.sub(r"26-\d{6}", lambda match: self.states.get(match[0], "?"), text)


@dataclass(slots=True)
class Crawl:
    """One crawl of a site in one language: what it has seen, and what was wrong."""

    site: ServedSite
    language: str
    cases: Cases
    names: Mapping[str, str]
    faults: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    addresses: set[tuple[str, str]] = field(default_factory=set)
    acts: set[tuple[str, str]] = field(default_factory=set)
    _known_keys: set[tuple[object, ...]] = field(default_factory=set)
    _pages_with_forms: deque[tuple[httpx.Response, str]] = field(default_factory=deque)

    async def open_view(self, view: View) -> None:
        """Opens a view, and goes on from there."""
        number = self.cases.numbers.get(view.state, "")
        address = f"/{self.language}{view.address.format_map({**self.names, 'number': number})}"
        self.counts["views"] += 1
        self._known_keys.add(("link", view.role, self._name_address(address)))
        await self._visit(address, view.role)

    async def _visit(self, address: str, role: str) -> httpx.Response | None:
        """Opens an address; the page that it leads to, after what leads on from it."""
        response = await self._send("GET", address, role)
        page = await self._find_page(response, role, f"GET {self.cases.name_states(address)}")
        if page is not None and self._language_of(page) == self.language:
            await self._follow_links(page, role)
            self._pages_with_forms.append((page, role))
        return page

    async def send_forms(self) -> None:
        """Sends the forms of all pages that were opened: from now on cases change."""
        while self._pages_with_forms:
            await self._send_forms(*self._pages_with_forms.popleft())

    async def _send(
        self,
        method: str,
        address: str,
        role: str,
        form: PageForm | None = None,
        filling: str = "",
        fields: Fields | None = None,
    ) -> httpx.Response:
        path = urlsplit(address).path
        self.addresses.add((method, path))
        if fields is not None and method == "GET":
            query = {name: text[:MAX_QUERY_LENGTH] for name, text in fields.items()}
            address = f"{path}?{urlencode(query)}"
        if method == "GET" or form is None:
            return await self.site.open(address, role)
        body = encode_form(form, filling, fields or {})
        return await self.site.send("POST", address, role, **body)

    async def _find_page(
        self, response: httpx.Response, role: str, way: str
    ) -> httpx.Response | None:
        """The page at the end of a way, checked; None where it leads to a file or off the site."""
        for _ in range(MAX_REDIRECTS):
            if not response.is_redirect:
                break
            location = response.headers["location"].removeprefix(ADDRESS)
            if urlsplit(location).netloc:
                return None
            response = await self._send("GET", location, role)
        path = response.request.url.path
        if not PAGE_PATH.match(path):
            if response.status_code != 200:
                self._report(role, way, f"leads to {path}, which answers {response.status_code}")
            return None
        self.counts["pages"] += 1
        words = WORDS | KNOWN_WORDS
        for fault in list_page_faults(response, self._language_of(response), words):
            self._report(role, way, fault)
        is_page = response.headers.get("content-type", "").startswith("text/html")
        return response if is_page else None

    def _report(self, role: str, way: str, fault: str) -> None:
        self.faults[f"{role}: {way}: {self.cases.name_states(fault)}"] += 1

    def _language_of(self, response: httpx.Response) -> str:
        match = PAGE_PATH.match(response.request.url.path)
        return match[1] if match else ""

    def _name_address(self, address: str) -> str:
        """The address with what it is about in the place of numbers; queries by their names.

        In the other language a page is opened once, whatever it is about: that has its own crawl.
        """
        parts = urlsplit(address)
        path = re.sub(r"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}", "*", parts.path)
        path = re.sub(r"/v1/downloads/.*", "/v1/downloads/*", path)
        path = re.sub(r"/problems/.*", "/problems/*", path)
        if not path.startswith(f"/{self.language}"):
            path = re.sub(r"26-\d{6}", "*", path)
        kept_names = ("tab", "status", "outcome", "about")
        query = [
            (name, text if name in kept_names else "") for name, text in parse_qsl(parts.query)
        ]
        return self.cases.name_states(path) + "?" + urlencode(sorted(query))

    def _name_form(self, form: PageForm) -> str:
        """What is sent where: forms of one act on cases of one status are alike."""
        match = re.search(r"26-\d{6}", form.action)
        state = self.cases.states.get(match[0], "") if match else ""
        if match is None or state not in CASE_STATES:
            return self._name_address(form.action)
        kind = "hostile" if "hostile" in state else CASE_STATES[state].status
        return form.action.replace(match[0], kind)

    def _is_new(self, *key: object) -> bool:
        is_new = key not in self._known_keys
        self._known_keys.add(key)
        return is_new

    async def _follow_links(self, page: httpx.Response, role: str) -> None:
        own_path = page.request.url.path
        for link in read_page(page).links:
            is_provider = urlsplit(link).path == PROVIDER_PATH
            is_same_language = link.startswith(f"/{self.language}")
            reader = role if is_same_language else "anybody"
            if is_provider or not self._is_new("link", reader, self._name_address(link)):
                continue
            self.counts["links"] += 1
            response = await self._visit(link, role)
            if response is not None and response.status_code >= 400:
                leads_to_itself = urlsplit(link).path == own_path or page.status_code >= 400
                if not leads_to_itself:
                    way = f"{self.cases.name_states(own_path)} -> {self.cases.name_states(link)}"
                    self._report(role, way, f"a link to {response.status_code}")

    async def _send_forms(self, page: httpx.Response, role: str) -> None:
        for index, form in enumerate(read_page(page).forms):
            if not self._is_new("form", self._name_form(form), form.shape):
                continue
            self.counts["forms"] += 1
            if form.method == "POST":
                self.acts.add((self.cases.name_states(form.action), role))
            source = FormSource(page, index)
            for filling in WHOLE_FILLINGS:
                await self._send_form(source, role, filling)
            for button_index, button in enumerate(form.buttons):
                if button.fields or button.action != form.action:
                    filling = TYPED_GARBAGE if button.changes_language else AS_IT_STANDS
                    await self._send_form(source, role, filling, button_index)

    async def _send_form(
        self, source: "FormSource", role: str, filling: str, button_index: int | None = None
    ) -> None:
        """Sends a form of a page in one way; the page is opened anew where its case is another."""
        page = await self._renew(source, role)
        form = read_page(page).forms[source.index]
        button = form.buttons[button_index] if button_index is not None else Button({}, form.action)
        fields = fill_form(form, filling) | button.fields
        self.counts["posts" if form.method == "POST" else "questions"] += 1
        response = await self._send(form.method, button.action, role, form, filling, fields)
        way = f"{form.method} {self.cases.name_states(button.action)} [{filling} {button.fields}]"
        answer = await self._find_page(response, role, way)
        if answer is None:
            return
        if response.is_redirect and form.method == "POST":
            self.counts["acts done"] += 1
            await self._replace_case(form.action)
        elif form.method == "POST" and (
            # A case that has moved on leaves no form to be filled: its page says so.
            answer.status_code == 422 or (button.changes_language and answer.status_code != 409)
        ):
            self._check_typed_text(answer, form, fields, (role, way))
        if not response.is_redirect and form.method == "POST" and "check" in form.action:
            await self._send_forms(answer, role)

    async def _renew(self, source: "FormSource", role: str) -> httpx.Response:
        """The page of the form, of a case that is as it was when the form was found."""
        request = source.page.request
        address = request.url.raw_path.decode()
        current_address = re.sub(
            r"26-\d{6}",
            lambda match: self.cases.numbers.get(self.cases.states.get(match[0], ""), match[0]),
            address,
        )
        if current_address == address:
            return source.page
        body = re.sub(
            rb"26-\d{6}",
            lambda match: self.cases.numbers.get(
                self.cases.states.get(match[0].decode(), ""), match[0].decode()
            ).encode(),
            request.content,
        )
        if request.method == "GET":
            source.page = await self.site.open(current_address, role)
        else:
            content_type = {"Content-Type": request.headers["content-type"]}
            source.page = await self.site.send(
                "POST", current_address, role, content=body, extra_headers=content_type
            )
        return source.page

    async def _replace_case(self, address: str) -> None:
        match = re.search(r"26-\d{6}", address)
        if match and match[0] in self.cases.states:
            await self.cases.replace(self.cases.states[match[0]])

    def _check_typed_text(
        self, page: httpx.Response, form: PageForm, fields: Fields, place: tuple[str, str]
    ) -> None:
        """A refused form, and one in another language, is filled as it was sent."""
        tree = html.fromstring(page.text)
        values = {
            element.get("name"): element.get("value") or element.text or ""
            for element in tree.xpath("//main//input[@name] | //main//textarea[@name]")
        }
        for control in form.controls:
            if control.kind not in TEXT_TYPES:
                continue
            text = fields.get(control.name, "")
            if _plain(text) != _plain(values.get(control.name, "")):
                self._report(*place, f"what was typed into {control.name} is lost: {text[:40]!r}")


_WITHOUT_WIDTH = re.compile("^[ \u200b-\u200f\u202a-\u202e]+|[ \u200b-\u200f\u202a-\u202e]+$")


def _plain(text: str) -> str:
    """The text as HTML can carry it, and as forms trim it, also of what has no width."""
    words = "".join(c for c in text if c >= " " and c != "\ufffd").split()
    return _WITHOUT_WIDTH.sub("", " ".join(words))


@dataclass(slots=True)
class FormSource:
    """The page that a form stands on, and which of its forms it is."""

    page: httpx.Response
    index: int
