"""What a revision takes away from code that runs while it is applied, read from its source."""

import ast
import re
from collections.abc import Iterator

OLDEST_CODE, REASON = "oldest_code", "contraction_reason"
"""The names by which a revision declares that it takes something away, for which code and why."""

NARROWING_CALLS = frozenset(
    {
        *("drop_table", "drop_column", "drop_constraint", "drop_index", "rename_table"),
        *("create_unique_constraint", "create_check_constraint", "create_foreign_key"),
        *("create_exclude_constraint", "create_primary_key"),
    }
)
NARROWING_SQL = re.compile(
    r"\b(DROP|RENAME|TRUNCATE|SET NOT NULL|SET DATA TYPE|ALTER COLUMN \w+ TYPE"
    r"|ADD (CONSTRAINT|UNIQUE|CHECK|FOREIGN|PRIMARY|EXCLUDE))\b"
)
NARROWING_CHANGES = frozenset({"new_column_name", "type_", "nullable"})
"""What `alter_column` may not change; to allow NULL where it was not allowed hinders nobody."""


def find_contraction_faults(source: str) -> list[str]:
    """What the revision of this source does that code of the revision before may not survive.

    Nothing for the first revision, and for one that declares the oldest code that goes without what
    it takes away, an earlier revision, and the reason.
    """
    module = ast.parse(source)
    constants = _read_constants(module)
    if constants.get("down_revision") is None:
        return []
    if constants.get(OLDEST_CODE) and constants.get(REASON):
        is_own = constants[OLDEST_CODE] == constants.get("revision")
        return [f"{OLDEST_CODE} is an earlier revision"] if is_own else []
    return [*_iter_call_faults(module), *_iter_sql_faults(module)]


def _read_constants(module: ast.Module) -> dict[str, object]:
    """The names that the module gives to constants, also several at once."""
    constants: dict[str, object] = {}
    for statement in module.body:
        if not isinstance(statement, ast.Assign):
            continue
        for target in statement.targets:
            pairs = [(target, statement.value)]
            if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
                pairs = list(zip(target.elts, statement.value.elts, strict=True))
            for name, value in pairs:
                if isinstance(name, ast.Name) and isinstance(value, ast.Constant):
                    constants[name.id] = value.value
    return constants


def _iter_call_faults(module: ast.Module) -> Iterator[str]:
    calls = [
        (node.func.attr, node)
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    new_tables = {_read_texts(node)[0] for name, node in calls if name == "create_table"}
    for name, node in calls:
        if new_tables.intersection(_read_texts(node)):
            continue
        if name in NARROWING_CALLS:
            yield f"line {node.lineno}: {name}"
        if name == "alter_column" and any(map(_is_narrowing, node.keywords)):
            yield f"line {node.lineno}: alter_column renames, retypes or forbids NULL"
        if name == "add_column" and _adds_required_column(node):
            yield f"line {node.lineno}: add_column asks for a value and has no server_default"
        if name == "create_index":
            yield f"line {node.lineno}: op.create_index blocks writers: see shared.indexes"


def _read_texts(call: ast.Call) -> list[str]:
    return [
        argument.value
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def _is_narrowing(keyword: ast.keyword) -> bool:
    allows_null = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
    return keyword.arg in NARROWING_CHANGES and not (keyword.arg == "nullable" and allows_null)


def _adds_required_column(call: ast.Call) -> bool:
    keywords = {
        keyword.arg: keyword.value
        for node in ast.walk(call)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
    }
    nullable = keywords.get("nullable")
    is_required = isinstance(nullable, ast.Constant) and nullable.value is False
    return is_required and "server_default" not in keywords


def _iter_sql_faults(module: ast.Module) -> Iterator[str]:
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, ast.Module | ast.FunctionDef) and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            match = NARROWING_SQL.search(node.value)
            if match and id(node) not in documentation:
                yield f"line {node.lineno}: {match[0]}"
