"""How runs of a DOCX look, as far as it decides what is read: hidden, struck out, raised.

A run has what is set on it; otherwise what its character style, its paragraph's style and its
table's style say: of "hidden" and "struck out" a second one takes the first one back (ISO/IEC
29500-1, 17.7.3), of all else the nearest counts. Styles inherit. White text that nothing stands
behind, and text too small to be a letter, are hidden.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
VALUE = f"{W}val"
_OFF = frozenset({"0", "false", "off", "none"})
_TOGGLES = ("vanish", "strike", "dstrike")
_PLAIN_SETTINGS = ("raised", "pale", "tiny")
_FILLED_PROPERTIES = frozenset(f"{W}{name}" for name in ("rPr", "pPr", "tcPr", "tblPr", "tblPrEx"))
_LEAST_HALF_POINTS = 3
"""Smaller text is a line to the eye, and is used to hide it."""
PALE = re.compile(r"(?:[Ff][0-9A-Fa-f]){3}")
"""White, and what cannot be told from it on paper."""
_NO_FILLS = frozenset({"auto", "nil", "none", "white"})
_BOX = f"{W}txbxContent"
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
            name: own_settings.get(name, self._combine(name, styles)) for name in _TOGGLES
        } | {name: self._find_nearest(name, own_settings, styles) for name in _PLAIN_SETTINGS}
        is_unseen = values["tiny"] or (values["pale"] and not self._has_fill(run, styles))
        return RunFormat(
            values["vanish"] or is_unseen, values["strike"] or values["dstrike"], values["raised"]
        )

    def list_style_chain(self, style: str | None) -> Iterator[Any]:
        """The elements of a style and of those that it is based on, the nearest first."""
        for _ in range(_MAX_INHERITANCE):
            element = self._styles.get(style or "")
            if element is None:
                return
            yield element
            style = read_value(element, "basedOn")

    def _find_nearest(
        self, name: str, own_settings: _Settings, styles: tuple[str | None, ...]
    ) -> bool:
        """What the run sets, or the nearest of its styles, or the document's defaults."""
        nearest_first = (own_settings, *map(self._style_settings, reversed(styles)), self._defaults)
        return next((settings[name] for settings in nearest_first if name in settings), False)

    def _has_fill(self, run: Any, styles: tuple[str | None, ...]) -> bool:
        """Whether something stands behind the run that pale text can be seen on."""
        surroundings = [run, *run.iterancestors()]
        if any(element.tag == _BOX for element in surroundings):
            return True  # a box may have a colour of its own
        style_elements = (element for style in styles for element in self.list_style_chain(style))
        property_lists = [
            child
            for element in surroundings
            for child in element
            if child.tag in _FILLED_PROPERTIES
        ]
        return any(map(_names_fill, property_lists)) or any(
            _names_fill(child) for element in style_elements for child in element.iter()
        )

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


def has_element(element: Any, name: str) -> bool:
    """Whether an element has an on-off child of this name that is on."""
    child = element.find(f"{W}{name}")
    return child is not None and is_set(child.get(VALUE))


def is_set(value: str | None) -> bool:
    """Whether an on-off value is on; an absent one is."""
    return (value or "1").lower() not in _OFF


def has_property(element: Any, properties: str, *names: str) -> bool:
    """Whether one of the on-off properties `names` is on among an element's `properties`."""
    property_list = element.find(f"{W}{properties}")
    return property_list is not None and any(has_element(property_list, name) for name in names)


def _read_settings(properties: Any | None) -> _Settings:
    """What the properties of a run or style set, and nothing where they are None."""
    if properties is None:
        return {}
    settings = {
        name: is_set(child.get(VALUE))
        for name in _TOGGLES
        if (child := properties.find(f"{W}{name}")) is not None
    }
    position, color, size = (read_value(properties, name) for name in ("vertAlign", "color", "sz"))
    if position is not None:
        settings["raised"] = position == "superscript"
    if color is not None:
        settings["pale"] = PALE.fullmatch(color) is not None
    if size is not None and size.isdecimal():
        settings["tiny"] = int(size) < _LEAST_HALF_POINTS
    return settings


def _names_fill(properties: Any) -> bool:
    """Whether properties have a shading, or a highlight, that is not white."""
    shading = properties.find(f"{W}shd")
    fills = [
        shading.get(f"{W}fill", "auto") if shading is not None else "auto",
        read_value(properties, "highlight") or "none",
    ]
    has_pattern = shading is not None and shading.get(VALUE, "clear") not in {"clear", "nil"}
    return has_pattern or any(fill not in _NO_FILLS and not PALE.fullmatch(fill) for fill in fills)
