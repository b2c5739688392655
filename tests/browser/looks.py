"""How a page is looked at: at each width, light, dark and in colours that the reader forces."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

WIDTHS = {"phone": 390, "desktop": 1280}
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced": {"color_scheme": "light", "forced_colors": "active"},
}
"""What each look emulates; the first is the one in which every rule is tried."""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
HEIGHT = 900
PICTURES = os.environ.get("ATTESTA_TEST_PICTURES")
"""The folder that gets a picture of everything that was looked at, where one is named."""

_COLOUR_RULES = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


async def check_looks(
    page: Page, name: str, widths: Mapping[str, int] = WIDTHS, looks: Mapping[str, Any] = LOOKS
) -> None:
    """Asserts that an open page is accessible and fits, in each width and look.

    The page is loaded once. At each width the first look is held to all rules of axe, the others
    to those that see colours: the rest of a page does not depend on them. The window is left as it
    was.
    """
    size = page.viewport_size
    assert size is not None
    for width_name, width in widths.items():
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        for number, (look, media) in enumerate(looks.items()):
            await page.emulate_media(**media)
            await _check_rules(page, (name, width_name, look), _COLOUR_RULES if number else None)
            await save_picture(page, f"{name}-{width_name}-{look}")
        await check_width(page, name)
    await page.emulate_media(**LOOKS["light"])
    await page.set_viewport_size(size)


async def check_look(page: Page, name: str) -> None:
    """Asserts that an open page is accessible and fits, as it is now."""
    await _check_rules(page, (name,), None)
    await check_width(page, name)
    await save_picture(page, name)


async def check_width(page: Page, name: str) -> None:
    """Asserts that nothing is wider than the window."""
    wider = await page.evaluate(OVERFLOW)
    assert wider <= 0, f"{name}, {page.url}: {wider} px wider than the window"


async def list_violations(page: Page) -> list[str]:
    """What axe finds in an open page: the rule, and the element that breaks it."""
    return _describe((await Axe().run(page)).response)


async def save_picture(page: Page, name: str) -> None:
    """Keeps a picture of the whole page, where a folder for them is named."""
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


async def _check_rules(page: Page, place: tuple[str, ...], options: Any) -> None:
    result = (await Axe().run(page, options=options)).response
    assert _describe(result) == [], (*place, page.url)
    assert result["passes"] or result["incomplete"], "the scanner must have looked"


def _describe(result: Mapping[str, Any]) -> list[str]:
    return [
        f"{violation['id']}: {node['html']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
