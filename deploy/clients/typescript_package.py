"""The package for TypeScript: types generated of the documents, and the layer above them."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.clients.documents import describe_contents_as_bytes
from shared.metrics.registry import VERSION

INSTALL_OPTIONS = ("--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts")
INSTALL_SECONDS = 180


class PackagesMissing(Exception):
    """npm cannot bring what the package is built with."""


def write_typescript_package(
    source: Path, documents: Mapping[str, dict[str, Any]], target: Path
) -> None:
    """Writes the package whole into an empty folder, and builds it there.

    Raises `PackagesMissing`, and `subprocess.CalledProcessError` where the layer and what is
    generated do not fit.
    """
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("node_modules"))
    description_file = target / "package.json"
    description = json.loads(description_file.read_text("utf-8")) | {"version": VERSION}
    description_file.write_text(json.dumps(description, indent=2) + "\n", "utf-8")
    (target / "documents").mkdir()
    for service, document in documents.items():
        content = json.dumps(describe_contents_as_bytes(document))
        (target / "documents" / f"{service}.json").write_text(content, "utf-8")
    install_packages(target)
    subprocess.run(["npm", "run", "build"], cwd=target, check=True, capture_output=True)


def install_packages(folder: Path, *packages: str) -> None:
    """Installs what the folder's `package.json` names, and these. Raises `PackagesMissing`."""
    try:
        subprocess.run(
            ["npm", "install", *INSTALL_OPTIONS, *packages],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=INSTALL_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PackagesMissing(str(error)) from error
    except subprocess.CalledProcessError as error:
        raise PackagesMissing(error.stderr.decode()[-500:]) from error
