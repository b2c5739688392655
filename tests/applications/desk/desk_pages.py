"""Pages of the desk as a person at a browser meets them: what they say, and their forms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from lxml.html import HtmlElement, fromstring

from shared.principal import Scope
from tests import tokens
from tests.words import list_codes, list_foreign_sentences

CLERK = tokens.browser(Scope.PROCESS, subject="clerk", name="И. Котова", centre=tokens.CENTRE)
SECRETARY = tokens.browser(Scope.DECIDE, subject="secretary", council=tokens.COUNCIL)
OPERATOR = tokens.browser(Scope.OPERATE, subject="operator")
DATA_WORDS = frozenset(
    {
        *("котова", "clerk", "secretary", "operator", "петрова-водкина", "анна", "сергеевна"),
        *("документ", "среднем", "образовании", "удостоверение", "повышении", "квалификации"),
        *("диплом", "опыт", "работы", "от", "месяцев"),
    }
)
"""Words of people and of files, where nothing can say that they are Russian: titles, options."""
STRANGER = tokens.browser(Scope.PROCESS, subject="stranger", centre="99.001")


@dataclass(frozen=True, slots=True)
class PageForm:
    """A form of a page: where it is sent, and what stands in its fields."""

    action: str
    fields: dict[str, str]
    buttons: list[str]

    def at(self, action: str) -> "PageForm":
        """The same form, sent to another address."""
        return replace(self, action=action)


@dataclass(frozen=True, slots=True)
class DeskPage:
    """A page as it came; `path` is where it was found in the end."""

    status: int
    path: str
    html: str = field(repr=False)
    tree: HtmlElement = field(repr=False)

    @property
    def title(self) -> str:
        """The page's title, without the site's name."""
        return str(self.tree.findtext(".//title")).rpartition(" · ")[0]

    @property
    def text(self) -> str:
        """What stands in the page's main part."""
        return " ".join(self.tree.xpath("//main")[0].text_content().split())

    @property
    def form(self) -> PageForm:
        """The form of the act, on a page that has one."""
        (form,) = self.tree.xpath("//main//form[@id='act']")
        return read_form(form)

    @property
    def has_form(self) -> bool:
        """Whether the page has the form of an act."""
        return bool(self.tree.xpath("//main//form[@id='act']"))

    def find_form(self, label: str) -> PageForm:
        """The form whose button bears this label."""
        forms = self.tree.xpath("//main//form")
        (form,) = [form for form in forms if label in read_form(form).buttons]
        return read_form(form)

    @property
    def summary(self) -> dict[str, str]:
        """The summary of errors: what each link says, by the id to which it leads."""
        links = self.tree.xpath("//*[contains(@class, 'error-summary')]//li/a")
        return {
            link.get("href").removeprefix("#"): " ".join(link.text_content().split())
            for link in links
        }

    @property
    def acts(self) -> list[str]:
        """What can be done, as the buttons and links of the act column say it."""
        places = self.tree.xpath("//section[@id='acts']//*[self::a or self::button]")
        return [text for place in places if (text := " ".join(place.text_content().split()))]

    def list_foreign_texts(self, language: str) -> list[str]:
        """What the page says in no words of its language, and what only machines read."""
        foreign_texts = list_foreign_sentences(self.html, language, DATA_WORDS)
        return [*foreign_texts, *list_codes(self.html)]

    def text_of(self, path: str) -> str:
        """The text at this place."""
        return " ".join(" ".join(place.text_content().split()) for place in self.tree.xpath(path))


def read_form(form: HtmlElement) -> PageForm:
    """A form with the values that a browser would send, its buttons left out."""
    fields = {str(name): str(value) for name, value in _iter_values(form)}
    buttons = [" ".join(button.text_content().split()) for button in form.xpath(".//button")]
    return PageForm(form.get("action"), fields, [label for label in buttons if label])


def _iter_values(form: HtmlElement) -> Iterator[tuple[str, str]]:
    for control in form.xpath(".//input[@name] | .//select[@name] | .//textarea[@name]"):
        name = control.get("name")
        if control.tag == "select":
            chosen_options = control.xpath("./option[@selected]")
            yield name, chosen_options[0].get("value") if chosen_options else ""
        elif control.tag == "textarea":
            yield name, (control.text or "").removeprefix("\n")
        elif (
            control.get("type") not in {"radio", "checkbox", "file"} or "checked" in control.attrib
        ):
            yield name, control.get("value", "")


def read_page(answer: httpx.Response) -> DeskPage:
    """The page of an answer."""
    assert answer.headers["Content-Type"].startswith("text/html"), answer.text[:500]
    return DeskPage(answer.status_code, answer.url.path, answer.text, fromstring(answer.text))


async def open_page(
    client: httpx.AsyncClient, path: str, reader: Mapping[str, str] = CLERK
) -> DeskPage:
    """The page at this path, as this reader sees it; redirects are followed."""
    headers = {"Authorization": "", **reader}
    answer = await client.get(path, headers=headers)
    while answer.is_redirect:  # a client that follows by itself leaves the cookie behind
        answer = await client.get(answer.headers["Location"], headers=headers)
    return read_page(answer)


async def send_form(
    client: httpx.AsyncClient, form: PageForm, reader: Mapping[str, str] = CLERK, **changes: Any
) -> DeskPage:
    """The page that comes of sending a form with these fields changed; redirects are followed."""
    fields = {**form.fields, **{name.replace("__", "-"): text for name, text in changes.items()}}
    headers = {"Authorization": "", **reader}
    answer = await client.post(form.action, data=fields, headers=headers)
    if answer.is_redirect:
        return await open_page(client, answer.headers["Location"], reader)
    return read_page(answer)


async def find_case(client: httpx.AsyncClient, application_id: str) -> str:
    """The path of a case's page in Russian."""
    application = await get_application(client, application_id)
    return f"/ru/cases/{application['number']}"


async def get_application(client: httpx.AsyncClient, application_id: str) -> dict[str, object]:
    """The application, as the API answers with it."""
    answer = await client.get(f"/v1/applications/{application_id}")
    application: dict[str, object] = answer.json()
    return application
