"""Runs a page's shell blocks in one bash, as a reader would, and keeps apart what each prints."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.docs.pages import ROOT, ShellBlock, matches_promise, shell_blocks

_MARK = "\x1eblock "
_MAKE_VARIABLES = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES")
"""Of a `make` that runs the tests: they must not reach the one that a block calls."""

_PRELUDE = """
set -euo pipefail
make() { command make --old-file=.venv/installed "$@"; }
"""
"""Stops at the first failure; never makes the environment anew in which the tests run."""


def run_blocks(
    blocks: list[ShellBlock], variables: Mapping[str, str], timeout_seconds: float
) -> list[str]:
    """What each block printed. Fails with the page's line when a command of a block fails."""
    script = _PRELUDE + "".join(
        f"printf '{_MARK}%s\\n' {block.line} | tee /dev/stderr\n{block.commands}"
        for block in blocks
    )
    environment = {name: text for name, text in os.environ.items() if name not in _MAKE_VARIABLES}
    run = subprocess.run(
        ["bash"],
        input=script,
        cwd=ROOT,
        env={**environment, "NO_PROXY": "127.0.0.1,localhost", **variables},
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
        check=False,
    )
    outputs = run.stdout.split(_MARK)[1:]
    if run.returncode != 0:
        last_line = outputs[-1].partition("\n")[0] if outputs else "none"
        raise AssertionError(f"the block at line {last_line} failed:\n{run.stderr}\n{run.stdout}")
    return [output.partition("\n")[2] for output in outputs]


def check_blocks(page: Path, variables: Mapping[str, str], timeout_seconds: float = 300) -> None:
    """Runs the page's blocks; fails where one fails, or prints something else than it promises."""
    blocks = list(shell_blocks(page))
    assert blocks
    outputs = run_blocks(blocks, variables, timeout_seconds)
    for block, output in zip(blocks, outputs, strict=True):
        if block.output is not None:
            assert matches_promise(output, block.output), (
                f"{page}:{block.line} printed\n{output}\nand promises\n{block.output}"
            )


def stack_variables(folder: Path, site_url: str) -> dict[str, str]:
    """Where the blocks find a stack: its folder for `make token`, and its one address."""
    return {"ATTESTA_LOCAL_FOLDER": str(folder), "ATTESTA": site_url}
