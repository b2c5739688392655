"""Packages of npm as independent readers of what we write; tests skip where they cannot be had."""

import shutil
import subprocess
from pathlib import Path

import pytest

INSTALL_SECONDS = 180
RUN_SECONDS = 120
OPTIONS = (
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    # Packages are not to run programs of their own when they are installed.
    "--ignore-scripts",
)


def install_packages(folder: Path, *packages: str) -> None:
    """Installs packages, `name@version`, into a folder.

    Skips the test where there is no Node.js, or where npm cannot bring them in `INSTALL_SECONDS`.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("there is no Node.js with npm on this machine")
    try:
        installed = subprocess.run(
            [npm, "install", *OPTIONS, "--prefix", str(folder), *packages],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not bring {', '.join(packages)} within {INSTALL_SECONDS} s")
    if installed.returncode != 0:
        pytest.skip(f"npm cannot bring {', '.join(packages)}: {installed.stderr[-200:]}")


def run_module(folder: Path, script: str, text: str) -> str:
    """What a script, an ES module, prints when it is run in the folder with this text as input.

    Raises `CalledProcessError` when it fails, `TimeoutExpired` after `RUN_SECONDS`.
    """
    (folder / "script.mjs").write_text(script, "utf-8")
    finished = subprocess.run(
        ["node", "script.mjs"],
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=True,
    )
    return finished.stdout
