"""The package for Python: code generated of the documents, and the layer above it."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from deploy.clients.documents import JSON_TYPES, describe_contents_as_bytes
from shared.metrics.registry import VERSION

PACKAGE = "attesta_client"
SYNCHRONOUS_DOCSTRING = '"""The client without asyncio, made of `asynchronous.py`."""'
SYNCHRONOUS_NAMES = {
    "AsyncAttesta": "Attesta",
    "AsyncVerificationJob": "VerificationJob",
    "AsyncIterator": "Iterator",
    "AsyncClient": "Client",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "aclose": "close",
    "aiter_lines": "iter_lines",
    "aread": "read",
    "asyncio": "time",
    "asyncio_detailed": "sync_detailed",
    "set_async_httpx_client": "set_httpx_client",
}


def write_python_package(
    source: Path, documents: Mapping[str, dict[str, Any]], target: Path
) -> None:
    """Writes the package whole into an empty folder: the layer of `source`, and what is generated.

    Raises `subprocess.CalledProcessError` where a document gives the generator a reason to warn.
    """
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    project_file = target / "pyproject.toml"
    project = project_file.read_text("utf-8")
    project_file.write_text(
        re.sub("^version = .*$", f'version = "{VERSION}"', project, count=1, flags=re.MULTILINE),
        "utf-8",
    )
    package = target / PACKAGE
    asynchronous = (package / "asynchronous.py").read_text("utf-8")
    (package / "synchronous.py").write_text(make_synchronous(asynchronous), "utf-8")
    for service, document in documents.items():
        generate_python(describe_contents_as_bytes(document), package / service)


def generate_python(document: Mapping[str, Any], target: Path) -> None:
    """Writes the generated code of one document; a warning is an error."""
    document_file = target.with_suffix(".json")
    document_file.write_text(json.dumps(document), "utf-8")
    settings_file = target.with_suffix(".yml")
    overrides = dict.fromkeys(sorted({*_list_other_types(document)}), "application/octet-stream")
    settings = {"post_hooks": [], "content_type_overrides": overrides}
    settings_file.write_text(json.dumps(settings), "utf-8")  # JSON is YAML
    command = ["openapi_python_client", "generate", "--fail-on-warning", "--meta", "none"]
    paths = {"--path": document_file, "--config": settings_file, "--output-path": target}
    options = [f"{name}={path}" for name, path in paths.items()]
    subprocess.run([sys.executable, "-m", *command, *options], check=True, capture_output=True)
    document_file.unlink()
    settings_file.unlink()
    for module in (target / "api").rglob("*.py"):
        text = module.read_text("utf-8")
        # A file is an iterator that blocks, which httpx refuses to send where there is asyncio.
        module.write_text(text.replace("= body.payload\n", "= body.payload.read()\n"), "utf-8")


def make_synchronous(text: str) -> str:
    """The code of the layer without asyncio: the same calls, one waiting for another."""
    text = re.sub(r"\b(?:async|await) ", "", text)
    text = re.sub(r"\b\w+\b", lambda match: SYNCHRONOUS_NAMES.get(match[0], match[0]), text)
    return re.sub(r'^""".*?"""', SYNCHRONOUS_DOCSTRING, text, count=1, flags=re.DOTALL)


def _list_other_types(node: Any) -> Iterator[str]:
    """The media types of a document that are neither JSON nor forms."""
    if isinstance(node, list):
        for item in node:
            yield from _list_other_types(item)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name == "content" and isinstance(value, dict):
                yield from (
                    media_type for media_type in value if not media_type.endswith(JSON_TYPES)
                )
            yield from _list_other_types(value)
