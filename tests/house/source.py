"""The product's source as syntax trees, for the rules of the house."""

import ast
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


@cache
def product_files() -> tuple[SourceFile, ...]:
    """Every module of the product but its migrations."""
    paths = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
    return tuple(_read(path) for path in paths if "migrations" not in path.parts)


def _read(path: Path) -> SourceFile:
    text = path.read_text()
    return SourceFile(path.relative_to(ROOT), text, ast.parse(text))


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
