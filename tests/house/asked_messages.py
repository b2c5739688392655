"""Which messages templates and code ask for, by key.

A key that ends in a value, such as `verdict.` and a verdict, is known up to there, with its dot.
"""

import ast
from collections.abc import Iterator
from functools import cache

from jinja2 import Environment, nodes

from tests.house.source import ROOT, product_files


@cache
def asked_keys(domain: str) -> frozenset[str]:
    """The keys, and beginnings of keys, that pages of a service or of all (`shared`) ask for."""
    return frozenset({*_keys_of_templates(domain), *_keys_of_code(domain)})


def template_trees(domain: str) -> Iterator[nodes.Template]:
    """The templates of a service, or of all."""
    folders = (
        ROOT.glob(f"services/{domain}/*/templates")
        if domain != "shared"
        else [ROOT / "shared/pages/templates"]
    )
    for path in (path for folder in folders for path in sorted(folder.rglob("*.html"))):
        yield Environment(autoescape=True).parse(path.read_text("utf-8"))


def form_field_names(domain: str) -> set[str]:
    """The names of the fields of forms that templates write out: `field.<name>` may label one."""
    return {
        str(call.args[1].value)
        for tree in template_trees(domain)
        for call in tree.find_all(nodes.Call)
        if len(call.args) > 1 and isinstance(call.args[1], nodes.Const)
    }


def _keys_of_templates(domain: str) -> Iterator[str]:
    for tree in template_trees(domain):
        for call in tree.find_all(nodes.Call):
            if call.args and _is_translator(call.node):
                yield from _argument_keys(call.args[0])


def _is_translator(node: nodes.Node) -> bool:
    """Whether the node is `t`, or `t.plural`."""
    if isinstance(node, nodes.Getattr) and node.attr == "plural":
        node = node.node
    return isinstance(node, nodes.Name) and node.name == "t"


def _argument_keys(argument: nodes.Node) -> Iterator[str]:
    """The keys that an argument names, whole or up to a value."""
    if isinstance(argument, nodes.Const):
        yield str(argument.value)
    elif isinstance(argument, nodes.CondExpr):
        for branch in (argument.expr1, argument.expr2):
            assert branch is not None, "no message"
            yield from _argument_keys(branch)
    elif isinstance(argument, nodes.Concat):
        yield from _argument_keys(argument.nodes[0])


def _keys_of_code(domain: str) -> Iterator[str]:
    for file in product_files():
        if (file.service or file.path.parts[0]) == domain:
            for call in ast.walk(file.tree):
                if isinstance(call, ast.Call) and call.args and _is_translator_in_code(call.func):
                    yield from _expression_keys(call.args[0])


def _is_translator_in_code(function: ast.expr) -> bool:
    """Whether this is `t`, `t.plural`, or what a function such as `get_translator` gives."""
    if isinstance(function, ast.Attribute) and function.attr == "plural":
        function = function.value
    if isinstance(function, ast.Call) and isinstance(function.func, ast.Name):
        return function.func.id.endswith("_translator")
    return isinstance(function, ast.Name) and function.id == "t"


def _expression_keys(argument: ast.expr) -> Iterator[str]:
    """The keys that an argument names, whole or up to a value."""
    if isinstance(argument, ast.Constant):
        yield str(argument.value)
    elif isinstance(argument, ast.IfExp):
        yield from _expression_keys(argument.body)
        yield from _expression_keys(argument.orelse)
    elif isinstance(argument, ast.JoinedStr) and isinstance(argument.values[0], ast.Constant):
        yield str(argument.values[0].value)
