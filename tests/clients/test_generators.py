"""Generators that others use take the documents as they are, without a warning."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from deploy.clients.python_package import generate_python
from deploy.clients.typescript_package import PackagesMissing, install_packages
from tests.certificates.approvals import NUMBER
from tests.clients.conftest import Site
from tests.clients.programs import BEFORE_EVENTS, EVENTS, run_program

FOLDER = Path(__file__).parent
PACKAGES = (
    "@hey-api/openapi-ts@0.95.0",
    "@types/node@20.19.43",
    "openapi-typescript@7.13.0",
    "typescript@5.9.3",
)
COMPILER_OPTIONS = {
    "target": "ES2022",
    "lib": ["ES2022", "DOM", "DOM.AsyncIterable"],
    "module": "NodeNext",
    "types": ["node"],
    "strict": True,
    "skipLibCheck": True,
    "rootDir": ".",
    "outDir": "compiled",
}


@pytest.fixture(scope="module")
def generated_folder(
    documents: Mapping[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with the documents, the generators for TypeScript, and the portal on hey-api."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("there is no Node.js with npm on this machine")
    folder = tmp_path_factory.mktemp("generators")
    (folder / "package.json").write_text('{"type": "module"}')
    project = {"compilerOptions": COMPILER_OPTIONS, "include": ["hey_portal.ts"]}
    (folder / "tsconfig.json").write_text(json.dumps(project))
    (folder / "documents").mkdir()
    for service, document in documents.items():
        (folder / "documents" / f"{service}.json").write_text(json.dumps(document))
    for name in ("generate.mjs", "hey_portal.ts"):
        shutil.copy(FOLDER / name, folder)
    try:
        install_packages(folder, *PACKAGES)
    except PackagesMissing as error:
        pytest.skip(f"npm cannot bring the generators: {error}")
    return folder


@pytest.mark.parametrize("service", ["applications", "catalog", "certificates"])
def test_openapi_python_client_has_no_warning(
    documents: Mapping[str, dict[str, Any]], service: str, tmp_path: Path
) -> None:
    generate_python(documents[service], tmp_path / service)
    names = {path.stem for path in (tmp_path / service / "api").rglob("*.py")}
    operations = {
        operation["operationId"]
        for methods in documents[service]["paths"].values()
        for operation in methods.values()
    }
    assert operations - names == set(), "every operation is there"


async def test_a_portal_on_hey_api_runs(generated_folder: Path, site: Site) -> None:
    output = await run_program(["node", "generate.mjs"], generated_folder, {"NO_COLOR": "1"})
    assert [line for line in output if "warn" in line.lower() or "⚠" in line] == []
    assert len([line for line in output if "Done!" in line]) == 3
    compiler = ["node", "node_modules/typescript/bin/tsc", "--project", "."]
    assert await run_program(compiler, generated_folder, {}) == []
    variables = site.describe(NUMBER=NUMBER, ISSUED_ON="2026-03-02")
    lines = await run_program(["node", "compiled/hey_portal.js"], generated_folder, variables)
    assert lines == ["one: valid true", *BEFORE_EVENTS, *EVENTS]
