"""The product's source as syntax trees, and the order of its rooms, for the rules of the house."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("services", "shared", "deploy")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A module: its path below the root, its text, its tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def room(self) -> tuple[str, ...]:
        """The folders that the module lies in, e.g. `("services", "catalog", "search")`."""
        return self.path.parts[:-1]

    @property
    def service(self) -> str | None:
        """The service that the module belongs to; None in shared and deploy."""
        is_in_service = self.path.parts[0] == "services" and len(self.path.parts) > 2
        return self.path.parts[1] if is_in_service else None

    @property
    def layer(self) -> str:
        """The name below the service by which contracts call it: a room, or a module."""
        return self.path.parts[2].removesuffix(".py")

    @property
    def imported_modules(self) -> set[str]:
        """Every module that an import names, and every name that is imported from one."""
        modules = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        return modules


@cache
def product_files() -> tuple[SourceFile, ...]:
    """Every module of the product but its migrations."""
    return tuple(file for file in _read_folders(PACKAGES) if "migrations" not in file.path.parts)


@cache
def modules_of_tests() -> tuple[SourceFile, ...]:
    """Every module of the tests."""
    return tuple(_read_folders(("tests",)))


def room_files() -> list[SourceFile]:
    """The modules that lie in a service's rooms."""
    return [file for file in product_files() if file.service and len(file.path.parts) > 3]


@cache
def room_ranks(service: str) -> dict[str, int]:
    """The place of each room and module of a service in its contract of imports, 0 at the top."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (layers,) = (
        contract["layers"]
        for contract in contracts["contracts"]
        if contract.get("containers") == [f"services.{service}"]
    )
    return {
        name: rank for rank, names in enumerate(layers) for name in re.split(r"\s*[|:]\s*", names)
    }


def string_constants(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every string with its line, a formatted one with `{}` where values go; no docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield "".join(map(str, parts)), node.lineno
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
        ):
            yield node.value, node.lineno


def defined_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that the tree binds, with its line: definitions, parameters, variables, fields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name, node.lineno


def _read_folders(names: tuple[str, ...]) -> Iterator[SourceFile]:
    for path in sorted(path for name in names for path in (ROOT / name).rglob("*.py")):
        text = path.read_text()
        yield SourceFile(path.relative_to(ROOT), text, ast.parse(text))
