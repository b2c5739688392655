"""Every rule that can refuse something is said in every language, and no other rule is."""

from itertools import product

import pytest
from babel.messages.catalog import Message
from pydantic_core._pydantic_core import list_all_errors

from services.applications.appeals.status import AppealStatus
from services.applications.application.status import Status
from services.catalog.qualification import status
from shared.locale.rules import COUNTS, UNKNOWN_RULE
from tests.house.catalogues import DOMAINS, LANGUAGES, message_texts, read_messages, value_names
from tests.house.rule_sites import RuleSite, rule_sites

IMPOSSIBLE_ERRORS = {
    *("no_such_attribute", "needs_python_object", "recursion_loop", "recursion_depth_exceeded"),
    *("frozen_field", "frozen_instance", "get_attribute_error", "dataclass_type"),
    *("dataclass_exact_type", "named_tuple_type", "default_factory_not_called", "iteration_error"),
    *("frozen_dict_type", "ordered_dict_type", "counter_type", "deque_type"),
    *("set_item_not_hashable", "missing_sentinel_error", "ellipsis_error", "is_instance_of"),
    *("is_subclass_of", "callable_type", "arguments_type", "missing_argument"),
    *("unexpected_keyword_argument", "missing_keyword_only_argument"),
    *("unexpected_positional_argument", "missing_positional_only_argument"),
    *("multiple_argument_values", "fraction_type", "fraction_parsing", "complex_type"),
    "complex_str_parsing",
}
"""Errors about Python's own objects: no body, query or form can have one."""

ERROR_VALUES = {
    error["type"]: frozenset(error["example_context"] or ())
    for error in list_all_errors()
    if error["type"] not in IMPOSSIBLE_ERRORS
}
"""What pydantic tells about each of its errors, by type."""

ONE = ".one"
"""Ends the key of what is said instead where one is enough."""

STATUSES = {
    "applications": {*Status, *AppealStatus},
    "catalog": {*status.Status},
}
"""The states that `lifecycle.transition` names."""

EVERYWHERE = tuple(product(DOMAINS, LANGUAGES))


def _rules_of(domain: str, language: str) -> set[str]:
    return {key.removeprefix("rule.") for key in _rule_messages(domain, language)}


def _rule_messages(domain: str, language: str) -> dict[str, Message]:
    messages = read_messages(domain, language, "rules")
    return {key: message for key, message in messages.items() if key.startswith("rule.")}


def _sites_of(domain: str) -> list[RuleSite]:
    """The refusals that a service's translator says: its own, and those of what is shared."""
    return [
        site for site in rule_sites() if site.service in {domain, "shared"} or domain == "shared"
    ]


@pytest.mark.parametrize(("domain", "language"), EVERYWHERE)
def test_every_rule_that_refuses_something_has_a_message(domain: str, language: str) -> None:
    rules = _rules_of(domain, language) | _rules_of("shared", language)
    assert [
        site for site in rule_sites() if site.service == domain and site.rule not in rules
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_of_pydantic_that_can_come_has_a_message(language: str) -> None:
    assert ERROR_VALUES.keys() - _rules_of("shared", language) == set()


@pytest.mark.parametrize(("domain", "language"), EVERYWHERE)
def test_no_rule_is_said_that_nothing_breaks(domain: str, language: str) -> None:
    broken_rules = {site.rule for site in _sites_of(domain)}
    if domain == "shared":
        broken_rules |= {*ERROR_VALUES, UNKNOWN_RULE.removeprefix("rule.")}
    rules = {rule.removesuffix(ONE) for rule in _rules_of(domain, language)}
    assert rules - broken_rules == set()


@pytest.mark.parametrize(("domain", "language"), EVERYWHERE)
def test_every_refusal_gives_the_values_that_its_message_names(domain: str, language: str) -> None:
    messages = read_messages("shared", language, "rules") | read_messages(domain, language, "rules")
    poor_sites = [
        site
        for site in rule_sites()
        if site.service == domain
        and not value_names(messages[f"rule.{site.rule}"]) <= site.value_names
    ]
    assert poor_sites == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_pydantic_gives_the_values_that_its_messages_name(language: str) -> None:
    messages = read_messages("shared", language, "rules")
    for error_type, names in ERROR_VALUES.items():
        counted_names = {"number"} if names & {*COUNTS} else set()
        assert value_names(messages[f"rule.{error_type}"]) <= names | counted_names, error_type


@pytest.mark.parametrize(("domain", "language"), EVERYWHERE)
def test_a_message_has_plural_forms_where_its_refusals_count(domain: str, language: str) -> None:
    messages = read_messages("shared", language, "rules") | read_messages(domain, language, "rules")
    counting_rules = {site.rule for site in _sites_of(domain) if site.value_names & {*COUNTS}}
    counting_rules |= {error for error, names in ERROR_VALUES.items() if names & {*COUNTS}}
    for site_rule in counting_rules & {key.removeprefix("rule.") for key in messages}:
        assert not isinstance(messages[f"rule.{site_rule}"].id, str), site_rule
    for key, message in messages.items():
        is_counting = key.removeprefix("rule.") in counting_rules
        assert isinstance(message.id, str) or is_counting, key


@pytest.mark.parametrize(("domain", "language"), EVERYWHERE)
def test_every_state_that_forbids_a_step_is_said(domain: str, language: str) -> None:
    messages = {**read_messages(domain, language), **read_messages(domain, language, "rules")}
    statuses = {f"status.{member}" for member in STATUSES.get(domain, ())}
    assert statuses - messages.keys() == set()
    assert {key for key in messages if key.startswith("status.")} == statuses


@pytest.mark.parametrize(("domain", "language"), EVERYWHERE)
def test_a_sentence_about_a_rule_begins_large_and_ends_with_a_full_stop(
    domain: str, language: str
) -> None:
    for key, message in _rule_messages(domain, language).items():
        for text in message_texts(message):
            assert text[0].isupper(), key
            assert text.endswith("."), key
