"""Contrast of colours that stand on one another (WCAG 2.2, 1.4.3 and 1.4.11), light and dark."""

import re
from itertools import product

import pytest

from shared.pages.static_files import FOLDER

SCALES = (FOLDER / "10-scales.css").read_text("utf-8")
LIGHT_SELECTOR, DARK_SELECTOR = ":root", ':root[data-theme="dark"]'
SYSTEM_DARK_SELECTOR = ':root:not([data-theme="light"])'
GROUNDS = ("paper", "sheet")
TEXT_LIMIT, SHAPE_LIMIT = 4.5, 3.0
"""Of words against their ground, and of borders, shapes and the ring of the focus."""

TEXTS = {
    *product(
        ("ink", "quiet", "accent", "yes", "not-now", "no", "unknown"), (*GROUNDS, "accent-paper")
    ),
    *product(("ink", "quiet", "accent"), ("removed", "added")),
    ("on-accent", "accent"),
    *product(("on-verdict",), ("yes", "not-now", "no")),
}
SHAPES = set(product(("quiet", "accent", "yes", "not-now", "no", "unknown"), GROUNDS))
DESIGNED_CONTRASTS = {
    ("ink", ("paper", "sheet")): (13.6, 13.6),
    ("quiet", ("paper", "sheet")): (6.1, 6.1),
    ("accent", ("paper", "sheet")): (8.1, 8.1),
    ("on-verdict", ("yes",)): (6.5, 9.2),
    ("on-verdict", ("not-now",)): (6.9, 9.4),
    ("on-verdict", ("no",)): (7.5, 7.8),
    ("unknown", ("paper", "sheet")): (9.0, 10.0),
}
"""The least contrast on these grounds, light and dark, as the design states it."""


def read_colours(selector: str) -> dict[str, str]:
    """The colours that the rule of this selector gives names to."""
    match = re.search(rf"^\s*{re.escape(selector)} \{{(.*?)\}}", SCALES, re.DOTALL | re.MULTILINE)
    assert match is not None, selector
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", match[1]))


LIGHT = read_colours(LIGHT_SELECTOR)
DARK = read_colours(DARK_SELECTOR)


def luminance(colour: str) -> float:
    """The relative luminance of a colour, `#rrggbb`."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colour: str, ground: str) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    lighter, darker = sorted((luminance(colour), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_can_be_read(colours: dict[str, str]) -> None:
    faint_pairs = {
        pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2)
        for pair in TEXTS
        if contrast(colours[pair[0]], colours[pair[1]]) < TEXT_LIMIT
    }
    assert faint_pairs == {}


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_borders_and_shapes_can_be_seen(colours: dict[str, str]) -> None:
    for colour, ground in SHAPES:
        assert contrast(colours[colour], colours[ground]) >= SHAPE_LIMIT, (colour, ground)


@pytest.mark.parametrize(("colour", "grounds"), DESIGNED_CONTRASTS)
def test_contrasts_are_those_of_the_design(colour: str, grounds: tuple[str, ...]) -> None:
    for colours, designed in zip((LIGHT, DARK), DESIGNED_CONTRASTS[colour, grounds], strict=True):
        least = min(contrast(colours[colour], colours[ground]) for ground in grounds)
        assert least >= designed - 0.05


def test_dark_is_the_same_by_the_system_and_by_choice() -> None:
    assert read_colours(SYSTEM_DARK_SELECTOR) == DARK
    assert DARK.keys() == LIGHT.keys()


def test_every_colour_is_a_named_one() -> None:
    named_in = {"10-scales.css", "90-print.css"}
    stray_colours = {
        path.name: colours
        for path in FOLDER.glob("*.css")
        if path.name not in named_in
        and (colours := re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*\})", path.read_text("utf-8")))
    }
    assert stray_colours == {}
