"""Spectral, with OWASP's rules, and Redocly: independent readers of the documents, from npm."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
PACKAGES = (
    "@stoplight/spectral-cli@6.16.3",
    "@stoplight/spectral-owasp-ruleset@2.0.1",
    "@redocly/cli@2.77.0",
)
# Packages are not to run programs of their own when they are installed, nor to report their use.
OPTIONS = ("--no-save", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts")
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
RULES = ("spectral.yaml", "redocly.yaml")


def lint_documents(documents: dict[str, Any]) -> int:
    """Holds the documents, by service, to the rules of both; 0 where neither finds anything.

    What they find is printed. Raises `CalledProcessError` where npm cannot bring the packages.
    """
    with tempfile.TemporaryDirectory(prefix="attesta-linters-") as name:
        folder = Path(name)
        _run(folder, ["npm", "install", *OPTIONS, *PACKAGES]).check_returncode()
        for rules in RULES:
            shutil.copy(FOLDER / rules, folder)
        files = [f"{service}.json" for service in documents]
        for file, document in zip(files, documents.values(), strict=True):
            (folder / file).write_text(json.dumps(document), "utf-8")
        commands = (
            ["spectral", "lint", "--ruleset", "spectral.yaml", "--fail-severity", "warn", *files],
            ["redocly", "lint", "--config", "redocly.yaml", *files],
        )
        return max(_run(folder, ["npx", "--no", *command]).returncode for command in commands)


def _run(folder: Path, command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, cwd=folder, check=False, env={**os.environ, **QUIET})
