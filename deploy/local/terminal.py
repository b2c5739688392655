"""What commands and the demo write on the terminal."""

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console

console = Console(highlight=False, soft_wrap=True)


@contextlib.contextmanager
def show_step(title: str) -> Iterator[None]:
    """Shows the title while the step lasts, and then how long it took."""
    started_at = time.monotonic()
    with console.status(title):
        yield
    console.print(f"[green]✓[/green] {title} [dim]{time.monotonic() - started_at:.1f} s[/dim]")
