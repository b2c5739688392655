"""The fonts of printed papers: the one that the settings name, then one for each script.

Those of the machine are never taken: the same data give the same bytes on each.
"""

from functools import cache
from pathlib import Path

import manimgx_fonts
import manimgx_fonts_cjk
import typst

FONT_FOLDERS = tuple(Path(package.__path__[0]) for package in (manimgx_fonts, manimgx_fonts_cjk))
"""Where the Noto fonts are, as files."""
_FIRST_FALLBACKS = ("Noto Sans", "Noto Sans CJK SC")


@cache
def load_fonts(folder: Path | None) -> typst.Fonts:
    """The typesetter's own fonts, the Noto fonts, and those in the folder, if there is one."""
    folders = [*FONT_FOLDERS, *([folder] if folder else [])]
    return typst.Fonts(include_system_fonts=False, font_paths=folders)


@cache
def list_families(font: str, folder: Path | None) -> tuple[str, ...]:
    """The font's family, then all others, in the order in which a letter is looked for."""
    scripts = [name for name in load_fonts(folder).families() if name.startswith("Noto Sans")]
    return tuple(dict.fromkeys((font, *_FIRST_FALLBACKS, *scripts)))
