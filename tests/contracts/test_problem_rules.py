"""The registry of rules holds every rule that the code can break, with its words, and no other."""

import json

from shared.web.problem_registry import REGISTRY_FILE
from tests.contracts.problem_rules import build_registry


def test_every_rule_that_refuses_something_is_registered() -> None:
    assert json.loads(REGISTRY_FILE.read_text()) == build_registry(), (
        "run `python -m tests.contracts.problem_rules`"
    )


def test_every_rule_has_a_status_of_refusal_and_a_meaning_in_every_language() -> None:
    for entry in build_registry():
        assert all(400 <= status < 600 for status in entry["statuses"]), entry
        assert all(entry["meanings"].values()), entry
