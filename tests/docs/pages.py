"""The project's pages: their shell blocks, and what the blocks promise to print."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ShellBlock:
    """A `sh` block: the line on which it begins, its commands, and the `text` block after it."""

    line: int
    commands: str
    output: str | None


@cache
def all_pages() -> tuple[Path, ...]:
    """Every page of documentation, relative to the root."""
    paths = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return tuple(sorted(path.relative_to(ROOT) for path in paths))


def read_page(page: Path) -> str:
    """The page's text."""
    return (ROOT / page).read_text()


def shell_blocks(page: Path) -> Iterator[ShellBlock]:
    """The page's `sh` blocks in order; a `text` block that follows at once is what one prints."""
    text = read_page(page)
    blocks = list(_BLOCK.finditer(text))
    for block, follower in zip(blocks, [*blocks[1:], None], strict=True):
        if block[1] != "sh":
            continue
        prints = (
            follower is not None
            and follower[1] == "text"
            and not text[block.end() : follower.start()].strip()
        )
        line = text.count("\n", 0, block.start()) + 1
        yield ShellBlock(line, block[2], follower[2] if prints and follower else None)


def matches_promise(output: str, promise: str) -> bool:
    """Whether the output is what a page promises, where `…` stands for anything."""
    pattern = ".*".join(map(re.escape, promise.strip().split("…")))
    return re.fullmatch(pattern, output.strip(), re.DOTALL) is not None
