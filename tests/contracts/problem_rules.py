"""Writes the registry of rules anew: `python -m tests.contracts.problem_rules`.

A client may depend on every rule in it. So one that is no longer broken anywhere is a breaking
change: the command says which those are, and keeps them out only with `--drop`.
"""

import json
import sys
from collections.abc import Iterable
from string import Formatter
from typing import Any

from babel.messages.catalog import Message

from shared.web.problem_registry import REGISTRY_FILE
from tests.house.catalogues import LANGUAGES, message_texts, read_messages
from tests.house.rule_sites import RuleSite, rule_sites

UNSAID = "…"
"""Stands for a value that only an answer has."""


def build_registry() -> list[dict[str, Any]]:
    """Every rule by which something is refused, in the order of its name."""
    sites: dict[str, list[RuleSite]] = {}
    for site in rule_sites():
        sites.setdefault(site.rule, []).append(site)
    return [_describe_rule(rule, sites[rule]) for rule in sorted(sites)]


def _describe_rule(rule: str, sites: Iterable[RuleSite]) -> dict[str, Any]:
    services = sorted({site.service for site in sites})
    statuses = {site.status for site in sites if site.status is not None}
    return {
        "rule": rule,
        "statuses": sorted(statuses) or [422],
        "services": services,
        "meanings": {language: _list_meanings(rule, services, language) for language in LANGUAGES},
    }


def _list_meanings(rule: str, services: Iterable[str], language: str) -> list[str]:
    """What the rule means, in the words of each service that breaks it."""
    texts: dict[str, None] = {}
    for service in services:
        messages = {
            **read_messages("shared", language, "rules"),
            **read_messages(service, language, "rules"),
        }
        texts[_say_without_values(messages[f"rule.{rule}"])] = None
    return list(texts)


def _say_without_values(message: Message) -> str:
    text = message_texts(message)[-1]
    return "".join(
        literal + (UNSAID if name is not None else "")
        for literal, name, _, _ in Formatter().parse(text)
    )


def main() -> None:
    """Writes the file; refuses to lose a rule unless `--drop` is given."""
    registry = build_registry()
    rules = {entry["rule"] for entry in registry}
    earlier_entries = json.loads(REGISTRY_FILE.read_text()) if REGISTRY_FILE.exists() else []
    lost = sorted({entry["rule"] for entry in earlier_entries} - rules)
    if lost and "--drop" not in sys.argv[1:]:
        raise SystemExit(f"clients may know these rules; drop them with --drop: {', '.join(lost)}")
    REGISTRY_FILE.write_text(json.dumps(registry, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
