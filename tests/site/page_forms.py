"""Forms and links of a page, and what a person, or somebody who means harm, puts into the forms."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from lxml import html
from lxml.html import HtmlElement

from tests.applications.people import PDF
from tests.certificates.verification.verdicts import VALID
from tests.site.hostile_text import GARBAGE, LINE

TEXT_TYPES = frozenset({"text", "search", "email", "number", "date", "textarea"})
Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class Control:
    """A field of a form; `value` is what a browser would send of it, None for nothing."""

    name: str
    kind: str
    value: str | None
    options: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Button:
    """A button that sends the form: what it adds to the fields, and where it sends them."""

    fields: Fields
    action: str

    @property
    def changes_language(self) -> bool:
        """Whether it opens the form in another language."""
        return "change_language" in self.fields


@dataclass(frozen=True, slots=True)
class PageForm:
    """A form of a page."""

    method: str
    action: str
    takes_files: bool
    controls: Sequence[Control]
    buttons: Sequence[Button]

    @property
    def shape(self) -> tuple[object, ...]:
        """What tells it from others of the same address: its fields and buttons, not its rows."""
        names = {
            re.sub(r"[\da-f]{8}-[\da-f-]{27}|-\d+-", "*", control.name) for control in self.controls
        }
        return self.method, tuple(sorted(names)), tuple(sorted(map(_name_button, self.buttons)))


def _name_button(button: Button) -> str:
    return "+".join(button.fields)


@dataclass(frozen=True, slots=True)
class Page:
    """What can be done on a page."""

    links: Sequence[str]
    forms: Sequence[PageForm]


def read_page(response: httpx.Response) -> Page:
    """The links and forms of a page, with addresses below the origin."""
    tree = html.fromstring(response.text)
    base = response.request.url.raw_path.decode()
    links = [_resolve(base, link) for link in tree.xpath("//a/@href")]
    own_links = [link for link in links if link is not None]
    forms = [_read_form(form, base) for form in tree.xpath("//form")]
    return Page(list(dict.fromkeys(own_links)), forms)


def _resolve(base: str, address: str) -> str | None:
    """The address below the origin; None for one of another site, or of a letter."""
    parts = urlsplit(urljoin(base, address))
    if parts.scheme or parts.netloc:
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _read_form(form: HtmlElement, base: str) -> PageForm:
    action = _resolve(base, form.get("action", "")) or ""
    outer = form.xpath("//button[@form=$id]", id=form.get("id", "-"))
    elements = [*form.xpath(".//button[not(@form)]"), *outer]
    buttons = [
        Button(
            {element.get("name"): element.get("value", "")} if element.get("name") else {},
            _resolve(base, element.get("formaction") or form.get("action", "")) or action,
        )
        for element in elements
        if element.get("type") != "button"
    ]
    unique_buttons = {(tuple(button.fields.items()), button.action): button for button in buttons}
    return PageForm(
        method=form.get("method", "get").upper(),
        action=action,
        takes_files=form.get("enctype") == "multipart/form-data",
        controls=list(_iter_controls(form)),
        buttons=list(unique_buttons.values()),
    )


def _iter_controls(form: HtmlElement) -> Iterator[Control]:
    radios: dict[str, list[HtmlElement]] = {}
    for element in form.xpath(".//input[@name] | .//select[@name] | .//textarea[@name]"):
        name, kind = element.get("name"), element.get("type", element.tag)
        if kind == "radio":
            radios.setdefault(name, []).append(element)
        elif element.tag == "select":
            options = [option.get("value") for option in element.xpath("./option")]
            selected_values = element.xpath("./option[@selected]/@value")
            yield Control(name, "select", (selected_values or options[:1] or [""])[0], options)
        elif element.tag == "textarea":
            yield Control(name, "textarea", (element.text or "").removeprefix("\n"))
        elif kind == "checkbox":
            options = [element.get("value", "on")]
            yield Control(name, kind, options[0] if "checked" in element.attrib else None, options)
        else:
            yield Control(name, "text" if kind == "input" else kind, element.get("value", ""))
    for name, elements in radios.items():
        options = [element.get("value") for element in elements]
        selected_values = [
            element.get("value") for element in elements if "checked" in element.attrib
        ]
        yield Control(name, "radio", selected_values[0] if selected_values else None, options)


def fill_as_it_stands(form: PageForm) -> Fields:
    """What a browser sends when nothing is changed."""
    return {
        control.name: control.value
        for control in form.controls
        if control.value is not None and control.kind != "file"
    }


def fill_nothing(form: PageForm) -> Fields:
    """Everything emptied; what the form itself says stays."""
    values = {
        control.name: control.value or ""
        for control in form.controls
        if control.kind in TEXT_TYPES | {"hidden"}
    }
    hidden_names = {control.name for control in form.controls if control.kind == "hidden"}
    return {name: value if name in hidden_names else "" for name, value in values.items()}


def fill_with_garbage(form: PageForm) -> Fields:
    """Something wrong in every field, hidden ones and choices, too."""
    return {
        control.name: GARBAGE[index % len(GARBAGE)] for index, control in enumerate(form.controls)
    }


def fill_with_typed_garbage(form: PageForm) -> Fields:
    """Something wrong in every field that a person can write in, nothing else changed."""
    return fill_as_it_stands(form) | {
        control.name: GARBAGE[-index % len(GARBAGE)]
        for index, control in enumerate(form.controls)
        if control.kind in TEXT_TYPES
    }


SENSIBLE_VALUES = (
    (r"starts_on-day", "26"),
    (r"(theory|practice|issued)_on-day", "2"),
    (r".*-day", "13"),
    (r".*-month", "3"),
    (r".*-year", "2026"),
    (r"starts_time|starts_at", "12.00"),
    (r".*-0-(required_)?points|points|.*_(threshold|maximum)", "8,5"),
    (r"commission-0-name", "Е. Орлова"),
    (r"commission-1-name", "К. Седов"),
    (r"member-0-name", "Н. Громова"),
    (r"member-1-name", "П. Лисин"),
    (r"number", VALID),
    (r"email", "office@centre.example"),
    (r"months", "7"),
    (r"recommendation|at|on|standard", ""),
    (r"text|q", "оператор"),
    (r".*", "Зал 1"),
)
"""What stands for a field in the words of a clerk, by its name; the first that matches."""


def fill_sensibly(form: PageForm) -> Fields:
    """The form as somebody fills it in who does this every day."""
    fields = fill_as_it_stands(form)
    for control in form.controls:
        if control.kind in TEXT_TYPES and not control.value:
            fields[control.name] = next(
                value for pattern, value in SENSIBLE_VALUES if re.fullmatch(pattern, control.name)
            )
        elif control.kind == "checkbox":
            fields[control.name] = control.options[0]
        elif control.kind in ("radio", "select") and not control.value:
            fields[control.name] = next(filter(None, control.options), "")
    return fields | {
        control.name: "3"
        for control in form.controls
        if control.kind == "select" and control.name.endswith("-month")
    }


AS_IT_STANDS, TYPED_GARBAGE = "as it stands", "typed garbage"
FILLINGS: Mapping[str, Callable[[PageForm], Fields]] = {
    "nothing": fill_nothing,
    "garbage": fill_with_garbage,
    "sensibly": fill_sensibly,
    AS_IT_STANDS: fill_as_it_stands,
    TYPED_GARBAGE: fill_with_typed_garbage,
}
"""By how a form is filled in."""
WHOLE_FILLINGS = ("nothing", "garbage", "sensibly")
"""How each form is filled in; the last may succeed. The others go with single buttons."""


def fill_form(form: PageForm, filling: str) -> Fields:
    """The fields of a form, filled in this way."""
    return FILLINGS[filling](form)


FILES = {
    "garbage": {"file": (f"{LINE}.exe", b"MZ\x90\x00")},
    "sensibly": {"file": ("Диплом.pdf", PDF)},
}
"""What is sent in a form that takes files."""


def encode_form(form: PageForm, filling: str, fields: Fields) -> dict[str, Any]:
    """The body of a form in httpx's words."""
    if not form.takes_files:
        return {"data": fields}
    return {"data": fields, "files": FILES.get(filling, {"file": ("", b"")})}
