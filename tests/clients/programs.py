"""Programs that use a client, run as their users run them."""

import asyncio
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

PROGRAM_SECONDS = 120


async def run_program(
    command: Sequence[str], folder: Path, variables: Mapping[str, str]
) -> list[str]:
    """The lines that the program prints; it must end well, and complain of nothing."""

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=folder,
            env=os.environ | variables,
            capture_output=True,
            text=True,
            timeout=PROGRAM_SECONDS,
            check=False,
        )

    outcome = await asyncio.to_thread(run)
    assert (outcome.returncode, outcome.stderr) == (0, ""), outcome.stdout + outcome.stderr
    return outcome.stdout.splitlines()


BEFORE_EVENTS = [
    "refused: request.invalid #query/number",
    "a thousand: 1000",
    "a job of: 2500",
    *(f"answered: {row}" for row in range(500, 2501, 500)),
]
"""What the examples of both languages print after their first line, each time."""

EVENTS = [f"changed: renewal_due 07.{position:06d}" for position in range(3)]
"""What they print in the end, the first time alone: then they know the roster's events."""
