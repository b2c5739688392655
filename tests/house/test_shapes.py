"""Sizes and names of the source as a whole: short files and functions, one meaning for a type."""

import ast
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.house.source import PACKAGES, SourceFile, modules_of_tests, product_files

MOST_LINES_OF_A_FILE = 300
MOST_LINES_OF_A_FUNCTION = 40
LONG_FUNCTIONS = {
    "services/applications/dossier/answers.py:build_application_answer",
    "services/catalog/imports/operations.py:_revise_qualification",
    "services/catalog/procedure/drafting.py:create_version",
}
"""Functions that are still longer, as `path:name`: none may be added."""


def _long_functions(file: SourceFile) -> Iterator[str]:
    for node in ast.walk(file.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MOST_LINES_OF_A_FUNCTION:
                yield f"{file.path}:{node.name}"


def test_files_are_short() -> None:
    long_files = {
        str(file.path)
        for file in product_files()
        if len(file.text.splitlines()) > MOST_LINES_OF_A_FILE
    }
    assert long_files == set(), "a file that does one thing is shorter"


def test_functions_are_short() -> None:
    long_functions = {name for file in product_files() for name in _long_functions(file)}
    assert long_functions <= LONG_FUNCTIONS, "name a part of it"


def _defined_types(file: SourceFile) -> Iterator[str]:
    """Classes, and names that stand for a type: `Handler = Callable[...]`."""
    for node in file.tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            is_variable = isinstance(node.value, ast.Call) and "TypeVar" in ast.unparse(
                node.value.func
            )
            if name[0].isupper() and not name.isupper() and not is_variable:
                yield name


@pytest.mark.parametrize("part", ["catalog", "applications", "certificates", "deploy"])
def test_a_type_name_means_one_type_within_a_service_and_shared(part: str) -> None:
    places = defaultdict(list)
    for file in product_files():
        if file.path.parts[0] == "shared" or part in file.path.parts[:2]:
            for name in _defined_types(file):
                places[name].append(str(file.path))
    ambiguous_names = {name: paths for name, paths in places.items() if len(paths) > 1}
    assert ambiguous_names == {}


def _renaming_imports(file: SourceFile) -> Iterator[str]:
    """Imports of our own that give another name; a module's own full name is no other.

    Two modules may be called alike in two rooms: `from services.catalog.search import queries as
    search_queries` says which.
    """
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                path = f"{module}.{alias.name}".strip(".").split(".")
                is_ours = path[0] in {*PACKAGES, "tests"}
                if is_ours and alias.asname not in {None, "_".join(path[-2:])}:
                    yield f"{file.path}:{node.lineno} {ast.unparse(node)}"


@pytest.mark.parametrize(
    "file", [*product_files(), *modules_of_tests()], ids=lambda file: str(file.path)
)
def test_nothing_of_ours_is_imported_under_another_name(file: SourceFile) -> None:
    assert list(_renaming_imports(file)) == []
