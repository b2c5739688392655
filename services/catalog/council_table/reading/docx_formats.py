"""How runs of a DOCX look, as far as it decides what is read: hidden, struck out, raised.

A run has what is set on it; otherwise what its character style, its paragraph's style and its
table's style say together: of these, a second "hidden" takes the first one back (ISO/IEC 29500-1,
17.7.3). Styles inherit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
VALUE = f"{W}val"
_OFF = frozenset({"0", "false", "off", "none"})
_TOGGLES = ("vanish", "strike", "dstrike")
_MAX_INHERITANCE = 50

_Settings = dict[str, bool]


@dataclass(frozen=True, slots=True)
class RunFormat:
    """Whether a run is hidden, struck out, or raised above the line."""

    is_hidden: bool
    is_struck: bool
    is_raised: bool


class RunFormats:
    """Tells the format of runs by a document's styles; `styles` is None where it has none."""

    def __init__(self, styles: Any | None) -> None:
        elements = list(styles.iter(f"{W}style")) if styles is not None else []
        self._styles = {style.get(f"{W}styleId", ""): style for style in elements}
        self._settings: dict[str, _Settings] = {}
        self._default_paragraph_style = next(
            (
                style.get(f"{W}styleId", "")
                for style in elements
                if style.get(f"{W}type") == "paragraph" and is_set(style.get(f"{W}default", "0"))
            ),
            "",
        )
        path = f"{W}docDefaults/{W}rPrDefault/{W}rPr"
        self._defaults = _read_settings(styles.find(path) if styles is not None else None)

    def find_format(
        self, run: Any, paragraph_style: str | None, table_style: str | None
    ) -> RunFormat:
        """The run's format, in a paragraph and a table of these styles, None for the usual ones."""
        properties = run.find(f"{W}rPr")
        own_settings = _read_settings(properties)
        styles = (
            table_style,
            paragraph_style or self._default_paragraph_style,
            read_value(properties, "rStyle"),
        )
        values = {
            name: own_settings.get(name, self._combine(name, styles))
            for name in (*_TOGGLES, "raised")
        }
        return RunFormat(values["vanish"], values["strike"] or values["dstrike"], values["raised"])

    def list_style_chain(self, style: str | None) -> Iterator[Any]:
        """The elements of a style and of those that it is based on, the nearest first."""
        for _ in range(_MAX_INHERITANCE):
            element = self._styles.get(style or "")
            if element is None:
                return
            yield element
            style = read_value(element, "basedOn")

    def _combine(self, name: str, styles: tuple[str | None, ...]) -> bool:
        """What the styles of several kinds and the document's defaults say together."""
        is_toggled = sum(self._style_settings(style).get(name, False) for style in styles) % 2 == 1
        return is_toggled or self._defaults.get(name, False)

    def _style_settings(self, style: str | None) -> _Settings:
        """What a style and those that it is based on set."""
        key = style or ""
        if key not in self._settings:
            settings: _Settings = {}
            for element in self.list_style_chain(style):
                settings = _read_settings(element.find(f"{W}rPr")) | settings
            self._settings[key] = settings
        return self._settings[key]


def read_value(element: Any | None, name: str) -> str | None:
    """The value of an element's child of this name, None where there is none."""
    child = element.find(f"{W}{name}") if element is not None else None
    return child.get(VALUE) if child is not None else None


def is_set(value: str | None) -> bool:
    """Whether an on-off value is on; an absent one is."""
    return (value or "1").lower() not in _OFF


def has_property(element: Any, properties: str, *names: str) -> bool:
    """Whether one of the on-off properties `names` is on among an element's `properties`."""
    property_list = element.find(f"{W}{properties}")
    children = (
        (property_list.find(f"{W}{name}") for name in names) if property_list is not None else ()
    )
    return any(child is not None and is_set(child.get(VALUE)) for child in children)


def _read_settings(properties: Any | None) -> _Settings:
    """What the properties of a run or style set, and nothing where they are None."""
    if properties is None:
        return {}
    settings = {
        name: is_set(child.get(VALUE))
        for name in _TOGGLES
        if (child := properties.find(f"{W}{name}")) is not None
    }
    position = read_value(properties, "vertAlign")
    return settings | ({"raised": position == "superscript"} if position is not None else {})
