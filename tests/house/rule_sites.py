"""Where rules are broken: every refusal in the product's source, with the names of its values."""

import ast
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus

from shared import errors
from shared.field_rules import FIELD_RULES
from shared.web.problems import HTTP_RULES, STATUS_BY_ERROR
from tests.house.source import SourceFile, product_files

REFUSALS = frozenset(
    name
    for name, member in vars(errors).items()
    if isinstance(member, type) and issubclass(member, errors.DomainError)
)
OTHER_BEARERS = frozenset({"CodeForm", "PydanticCustomError"})
"""What else takes a rule first; its third argument is the values."""

RATE_LIMIT_RULES = "limit."
FIELD_VALUES = frozenset({"limit", "expected"})
"""The values of every message about a single field."""

QUOTA_FUNCTIONS = frozenset({"check_quota", "consume_quota", "consume_remaining_quota"})
"""What takes the name of a rate limit first, which ends the rule of its refusal."""


@dataclass(frozen=True, slots=True)
class RuleSite:
    """One refusal: its rule, the names of the values that it gives, and where it stands.

    `status` is that of the answer; None where one row of many is refused, in an answer of 200.
    """

    rule: str
    value_names: frozenset[str]
    service: str
    place: str
    status: int | None


@cache
def rule_sites() -> tuple[RuleSite, ...]:
    """Every refusal of services and of what they share, and those of HTTP itself.

    Raises `AssertionError` for a rule that is not written out where it is broken.
    """
    files = [file for file in product_files() if file.path.parts[0] in ("services", "shared")]
    sites = [site for file in files for site in _sites_of_file(file)]
    http_sites = [
        RuleSite(rule, frozenset(), "shared", "HTTP_RULES", status)
        for status, rule in HTTP_RULES.items()
    ]
    field_sites = [
        RuleSite(rule, FIELD_VALUES, "shared", "FIELD_RULES", 422)
        for rule in {*FIELD_RULES.values()}
    ]
    return (*sites, *http_sites, *field_sites)


def _sites_of_file(file: SourceFile) -> Iterator[RuleSite]:
    forwarders = dict(_forwarders(file.tree))
    for call in ast.walk(file.tree):
        if not isinstance(call, ast.Call):
            continue
        name = _called_name(call)
        rule = _rule_of_call(call, name, forwarders)
        if rule is not None:
            place = f"{file.path}:{call.lineno}"
            status = _status_of_call(call, forwarders.get(name, name))
            service = file.service or "shared"
            yield RuleSite(rule, _value_names(call, name), service, place, status)


def _forwarders(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Functions that take a rule from their caller and refuse by it, and what they raise."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for call in ast.walk(function):
                if (
                    isinstance(call, ast.Call)
                    and _called_name(call) in REFUSALS
                    and any(map(_is_named_rule, call.args[:1]))
                ):
                    yield function.name, _called_name(call)


def _status_of_call(call: ast.Call, name: str) -> int | None:
    """The status of the answer that a refusal makes; None where the call does not say."""
    if name in QUOTA_FUNCTIONS:
        return int(HTTPStatus.TOO_MANY_REQUESTS)
    if name in REFUSALS:
        bases = getattr(errors, name).__mro__
        return next(STATUS_BY_ERROR[base] for base in bases if base in STATUS_BY_ERROR)
    if name in OTHER_BEARERS or name == "FieldProblem":
        return int(HTTPStatus.UNPROCESSABLE_ENTITY)
    status = next((item.value for item in call.keywords if item.arg == "status"), None)
    if isinstance(status, ast.Constant):
        return int(str(status.value))
    if isinstance(status, ast.Attribute):
        return int(HTTPStatus[status.attr])
    return None


def _is_named_rule(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Name) and argument.id == "rule"


def _rule_of_call(call: ast.Call, name: str, forwarders: Container[str]) -> str | None:
    """The rule that a call breaks; None for another call, or one that only passes a rule on."""
    keyword = next((item.value for item in call.keywords if item.arg == "rule"), None)
    if isinstance(keyword, ast.Constant):
        return str(keyword.value)
    first = call.args[0] if call.args else None
    if name in QUOTA_FUNCTIONS and isinstance(first, ast.Constant):
        return RATE_LIMIT_RULES + str(first.value)
    if first is None or (name not in REFUSALS | OTHER_BEARERS and name not in forwarders):
        return None
    if isinstance(first, ast.Constant):
        return str(first.value)
    is_rate_limit = isinstance(first, ast.JoinedStr) and ast.unparse(first) == "f'limit.{name}'"
    assert _is_named_rule(first) or is_rate_limit, f"write the rule out: {ast.unparse(call)}"
    return None


def _called_name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _value_names(call: ast.Call, name: str) -> frozenset[str]:
    if name in QUOTA_FUNCTIONS:
        return frozenset({"number"})
    values = next((item.value for item in call.keywords if item.arg == "values"), None)
    if name in OTHER_BEARERS and len(call.args) > 2:
        values = call.args[2]
    if not isinstance(values, ast.Dict):
        return frozenset()
    return frozenset(str(key.value) for key in values.keys if isinstance(key, ast.Constant))
