"""Every message that pages ask for is in the catalogues of every language, and no other is.

Templates name most messages in full. Where one ends in a value, such as `verdict.` and a verdict,
`FAMILIES` says which values there are, so that a new one cannot be forgotten.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from services.applications.appeals.status import AppealCommand
from services.applications.application.status import ACTS_NEXT, Actor, Command, Status
from services.applications.decision.schemas import DecisionRequest
from services.applications.examination.rules import PartResult
from services.applications.limits.rules import LimitState, TimeLimitRule, TimeLimitRules
from services.applications.settings import DEFAULT_LIMITS_FILE
from services.catalog.qualification.form import Completion, FormContent, JobTitleContent
from services.catalog.qualification.in_force import InForceState
from services.certificates.certificate.standing import Verdict
from services.certificates.verification.forms import QuestionFault
from shared.locale.catalogues import FIRST_LANGUAGE
from shared.locale.translator import FORMAT_MESSAGES
from shared.pages.navigation import SECTIONS
from shared.pages.preferences import THEMES
from shared.pages.site import PROBLEM_STATUSES
from tests.house.source import ROOT, product_files, string_constants

SERVICES = ("catalog", "applications", "certificates")
DOMAINS = ("shared", *SERVICES)
LANGUAGES = sorted(path.parent.name for path in ROOT.glob("shared/locale/*/LC_MESSAGES"))


def _limit_names() -> list[str]:
    rules = TimeLimitRules.model_validate_json(DEFAULT_LIMITS_FILE.read_bytes())
    return [rule.name for rule in rules.limits]


def _literals(model: type, field: str) -> Iterable[str]:
    return get_args(model.model_fields[field].annotation)  # type: ignore[attr-defined]


EXAMINATION_PARTS = ("theory", "practice")

ACTS = (
    *("admit", "appointment", "certify", "closure", "correction", "decision", "decline"),
    *("delivery", "dispatch", "duplicate", "examination", "materials", "no-show", "refuse"),
    *("reschedule", "return", "review", "review-start", "withdrawal"),
)
"""What the buttons of a case do."""

HISTORY_COMMANDS = {
    *Command,
    *(f"appeal_{command}" for command in ("file", *AppealCommand)),
    *("draft", "enter_in_registry", "erase", "withdraw_consent"),
}
"""What lines of a history say; those of the lifecycle, and those that leave the status."""

COMMANDS_WITH_FACTS = (
    *("admit", "begin_review", "decline", "erase", "hand_over", "record_certificate"),
    *("record_examination", "return", "schedule"),
)
"""Their lines name facts, and have a message without them for after the erasure."""

ENDED_VERDICTS = {*Verdict} - {Verdict.VALID, Verdict.EXPIRING, Verdict.NOT_FOUND}

FAMILIES: Mapping[str, Mapping[str, Iterable[object]]] = {
    "shared": {
        "problem.": {*PROBLEM_STATUSES.values(), 422},
        "section.": [section.name for section in SECTIONS],
        "shell.theme.": THEMES,
    },
    "catalog": {
        "book.": _literals(JobTitleContent, "reference_book"),
        "member.": {*_literals(Completion, "column"), *FormContent.model_fields},
        "state.": InForceState,
    },
    "applications": {
        "act.": ACTS,
        "acts.": {*Actor, *_literals(TimeLimitRule, "responsible")},
        "exam_result.": PartResult,
        "history.": {*HISTORY_COMMANDS, *(f"{command}.brief" for command in COMMANDS_WITH_FACTS)},
        "limit.": (*_limit_names(), "missed"),
        "outcome.": _literals(DecisionRequest, "outcome"),
        "part.": {
            *EXAMINATION_PARTS,
            *(f"{part}.{result}" for part in EXAMINATION_PARTS for result in PartResult),
        },
        "result.": PartResult,
        "state.": LimitState,
        "status.": Status,
        "turn.": {*ACTS_NEXT.values()},
    },
    "certificates": {
        "fault.": QuestionFault,
        "standing.": Verdict,
        "verdict.": {
            *Verdict,
            *(f"{verdict}.since" for verdict in ENDED_VERDICTS),
            *("expiring.then", "suspended.then", "valid.then"),
            *("extended", "not_yet_issued", "until"),
        },
    },
}
"""The values that end a message's key, by the part before them."""


def _template_trees(domain: str) -> Iterator[nodes.Template]:
    folders = (
        ROOT.glob(f"services/{domain}/*/templates")
        if domain != "shared"
        else [ROOT / "shared/pages/templates"]
    )
    for path in (path for folder in folders for path in sorted(folder.rglob("*.html"))):
        yield Environment(autoescape=True).parse(path.read_text("utf-8"))


def _is_translator(node: nodes.Node) -> bool:
    """Whether the node is `t`, or `t.plural`."""
    if isinstance(node, nodes.Getattr) and node.attr == "plural":
        node = node.node
    return isinstance(node, nodes.Name) and node.name == "t"


def _argument_keys(argument: nodes.Node) -> Iterator[str]:
    """The keys that an argument names; one that ends in a value up to there, with its dot."""
    if isinstance(argument, nodes.Const):
        yield str(argument.value)
    elif isinstance(argument, nodes.CondExpr):
        for branch in (argument.expr1, argument.expr2):
            assert branch is not None, "no message"
            yield from _argument_keys(branch)
    elif isinstance(argument, nodes.Concat):
        yield from _argument_keys(argument.nodes[0])


@cache
def _asked_keys(domain: str) -> frozenset[str]:
    """The keys, and beginnings of keys, that the templates of a service or of all ask for."""
    return frozenset(
        key
        for tree in _template_trees(domain)
        for call in tree.find_all(nodes.Call)
        if _is_translator(call.node)
        for key in _argument_keys(call.args[0])
    )


@cache
def _required_keys(domain: str) -> frozenset[str]:
    """The keys that must be there: those named in full, and each of every family."""
    families = {
        f"{prefix}{value}" for prefix, values in FAMILIES[domain].items() for value in values
    }
    whole_keys = {key for key in _asked_keys(domain) if not key.endswith(".")}
    return frozenset(families | whole_keys | _form_field_keys(domain))


def _form_field_keys(domain: str) -> set[str]:
    """The fields that a remark can be about, which a template lists as pointers."""
    return {
        f"field.{item.value}"
        for tree in _template_trees(domain)
        for constants in tree.find_all(nodes.List)
        for item in constants.items
        if isinstance(item, nodes.Const) and str(item.value).startswith("/")
    }


def _optional_keys(domain: str) -> set[str]:
    """The keys of which a template asks first whether they are there."""
    if domain == "applications":
        constants = {text for file in product_files() for text, _ in string_constants(file.tree)}
        return {f"rule.{text}" for text in constants}
    if domain == "catalog":
        fields = {
            field
            for schema in FormContent.model_json_schema()["$defs"].values()
            for field in schema.get("properties", ())
        }
        return {
            f"member.{member}.{field}" for member in FormContent.model_fields for field in fields
        }
    return set()


@cache
def _messages(domain: str, language: str) -> dict[str, Message]:
    folder = ROOT / ("shared" if domain == "shared" else f"services/{domain}")
    path = folder / "locale" / language / "LC_MESSAGES" / f"{domain}.po"
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    return {
        message.id if isinstance(message.id, str) else message.id[0]: message
        for message in catalogue
        if message.id
    }


def _texts(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)  # type: ignore[arg-type]


def test_there_are_two_languages_and_the_first_is_one_of_them() -> None:
    assert {FIRST_LANGUAGE, "en"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("service", SERVICES)
def test_every_message_that_pages_ask_for_is_there(service: str, language: str) -> None:
    assert _asked_keys(service), "no template was read"
    messages = _messages(service, language).keys() | _messages("shared", language).keys()
    required_keys = _required_keys(service) | _required_keys("shared") | FORMAT_MESSAGES
    assert required_keys - messages == set()


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_key_that_ends_in_a_value_has_a_family(domain: str) -> None:
    beginnings = {key for key in _asked_keys(domain) if key.endswith(".")}
    assert beginnings - FAMILIES[domain].keys() - {"field.", "rule."} == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("domain", DOMAINS)
def test_no_message_is_left_over(domain: str, language: str) -> None:
    askers = DOMAINS if domain == "shared" else (domain, "shared")
    asked_keys = {key for asker in askers for key in _required_keys(asker) | _optional_keys(asker)}
    assert _messages(domain, language).keys() - asked_keys - FORMAT_MESSAGES == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("domain", DOMAINS)
def test_every_message_is_translated_with_the_same_values(domain: str, language: str) -> None:
    first_messages = _messages(domain, FIRST_LANGUAGE)
    messages = _messages(domain, language)
    assert messages.keys() == first_messages.keys()
    for key, message in messages.items():
        assert not message.fuzzy, key
        assert all(_texts(message)), key
        names = [
            {name for text in _texts(item) for _, name, _, _ in Formatter().parse(text) if name}
            for item in (message, first_messages[key])
        ]
        assert names[0] == names[1], key


@pytest.mark.parametrize("path", sorted(ROOT.glob("s*/**/LC_MESSAGES/*.po")), ids=lambda p: p.name)
def test_messages_stand_in_the_order_of_their_keys(path: Path) -> None:
    with path.open("rb") as file:
        keys = [message.id for message in read_po(file) if message.id]
    names = [key if isinstance(key, str) else key[0] for key in keys]
    assert names == sorted(names)
