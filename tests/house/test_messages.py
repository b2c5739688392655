"""Every message that pages ask for is in the catalogues of every language, and no other is.

Templates name most messages in full. Where one ends in a value, such as `verdict.` and a verdict,
`FAMILIES` says which values there are, so that a new one cannot be forgotten.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from jinja2 import nodes

from services.applications import main as applications_main
from services.applications.appeals.status import AppealCommand
from services.applications.application.operations import CONFIRMATION
from services.applications.application.status import ACTS_NEXT, Actor, Command, Status
from services.applications.decision.recertified import OTHER_HOLDER, SAME_HOLDER
from services.applications.decision.schemas import DecisionRequest
from services.applications.desk.acts import ACTS
from services.applications.desk.hand_pages import HandOutcome
from services.applications.desk.own_panels import APPLICATIONS_FIGURES
from services.applications.desk.stages import Stage
from services.applications.desk.tabs import TABS
from services.applications.digests.rules import OfficeKind
from services.applications.documents.rules import GENERAL_DOCUMENT_KINDS, MATERIAL_KIND
from services.applications.examination.pass_rules import Comparator
from services.applications.examination.rules import PartResult
from services.applications.letters.by_hand import HandAct, HandTab
from services.applications.letters.rehearsal import RehearsedChannel
from services.applications.letters.rules import (
    LetterChannel,
    LetterKind,
    LetterReason,
    LetterState,
)
from services.applications.limits.pressing import PRESSING_STATES
from services.applications.limits.rules import TimeLimitRule, TimeLimitRules
from services.applications.settings import DEFAULT_LIMITS_FILE
from services.catalog.council_table.grammar.vocabulary import load_vocabulary
from services.catalog.pages.area_names import AREA_CODES
from services.catalog.pages.forms import SearchFault
from services.catalog.pages.printed_form import OBSTACLES
from services.catalog.qualification.form import (
    Classifier,
    Completion,
    FormContent,
    JobTitleContent,
)
from services.catalog.qualification.in_force import InForceState
from services.certificates import main as certificates_main
from services.certificates.certificate.standing import Verdict
from services.certificates.desk.ledger import PUBLISHED
from services.certificates.desk.own_panels import CERTIFICATES_FIGURES
from services.certificates.registry.rules import FeedReason, Subject
from services.certificates.rosters.pages import DONE
from services.certificates.rosters.rules import EnrolmentAction, RosterEventKind
from services.certificates.validity.rules import NoticeKind, SuppressionReason
from services.certificates.verification.forms import QuestionFault
from services.certificates.webhooks.rendering import DONE_ACTS
from services.certificates.webhooks.rules import CheckKind, EndpointNotice, EndpointState
from services.certificates.webhooks.words import FAILED_EXCHANGES
from shared.events import event_types
from shared.events.base import event_class
from shared.job_states.gauges import UPKEEP_INTERVALS
from shared.job_states.job_views import JobHealth
from shared.locale.catalogues import FIRST_LANGUAGE
from shared.locale.translator import FORMAT_MESSAGES
from shared.messaging.gauges import OPEN_STATUSES
from shared.pages.failures import FAILURES
from shared.pages.navigation import SECTIONS
from shared.pages.operations.words import REASONS, ROW_FAULTS
from shared.pages.preferences import THEMES
from shared.pages.sign_in_attempts import SignInFailure
from shared.principal import Scope
from shared.web.problem_registry import read_registry
from tests.house.asked_messages import asked_keys, form_field_names, template_trees
from tests.house.catalogues import (
    CATALOGUE_PATHS,
    DOMAINS,
    LANGUAGES,
    SERVICES,
    message_texts,
    read_catalogue,
    read_messages,
    value_names,
)
from tests.house.source import ROOT


def _limit_names() -> list[str]:
    rules = TimeLimitRules.model_validate_json(DEFAULT_LIMITS_FILE.read_bytes())
    return [rule.name for rule in rules.limits]


def _document_kinds() -> set[str]:
    """The kinds that pages may name: those of the tables, and those of any application."""
    words = load_vocabulary()
    table_kinds = {kind.kind for kind in words.documents.values()}
    return {*table_kinds, words.experience_kind, *GENERAL_DOCUMENT_KINDS, MATERIAL_KIND}


def _literals(model: type, field: str) -> Iterable[str]:
    return get_args(model.model_fields[field].annotation)  # type: ignore[attr-defined]


APPLICATIONS_JOBS = applications_main.SCHEDULED_JOBS
CERTIFICATES_JOBS = certificates_main.SCHEDULED_JOBS
SETTLED_STATUSES = ("replayed", "discarded")
EXAMINATION_PARTS = ("theory", "practice")

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

WAYS_ON = (*("back", "find", "open", "other_account", "retry", "sign_in", "sign_in_tab", "start"),)
"""Where the page of a failure leads."""

ROW_RULES = (
    *("enrolment.ended", "enrolment.not_found", "enrolment.until"),
    *("roster.full", "row.invalid", "subscription.ended"),
)
"""Why a row of a list of certificates may be refused."""

ENDED_VERDICTS = {*Verdict} - {Verdict.VALID, Verdict.EXPIRING, Verdict.NOT_FOUND}

PROBLEM_STATUSES = {status for rule in read_registry().values() for status in rule.statuses}

EVENT_TOPICS = {
    event_class(name).TOPIC  # type: ignore[union-attr]
    for name in event_types()
    if not name.startswith("tests.")
}
"""The topics of events that are published."""

CONFIRMATIONS = (CONFIRMATION, SAME_HOLDER, OTHER_HOLDER)
FAMILIES: Mapping[str, Mapping[str, Iterable[object]]] = {
    "shared": {
        "dead_letter.done.": SETTLED_STATUSES,
        "dead_letter.reason.": REASONS,
        "dead_letter.status.": (*OPEN_STATUSES, *SETTLED_STATUSES),
        "event.": [name for name in event_types() if not name.startswith("tests.")],
        "failure.advice.": FAILURES,
        "failure.link.": WAYS_ON,
        "failure.lost.": ("everything", "files", "part", "secrets"),
        "failure.saved.": ("no", "unchanged", "unknown"),
        "failure.title.": FAILURES,
        "job.": UPKEEP_INTERVALS,
        "job_health.": JobHealth,
        "operations.room.": ("overview", "notices", "letters", "rehearsal", *SERVICES),
        "operations.tile.": ("jobs", "set_aside", "outbox", "parked", "lag", "letters"),
        "topic.": EVENT_TOPICS,
        "scope.": Scope,
        "set_aside.fault.": {*ROW_FAULTS.values(), "handling"},
        "parameter.": ("since",),
        "parts.fault.": ("day", "time"),
        "parts.field.": ("held_on", "number", "points", "starts_at"),
        "section.": [section.name for section in SECTIONS],
        "shell.theme.": THEMES,
        "problem.advice.": PROBLEM_STATUSES,
        "problem.title.": PROBLEM_STATUSES,
        "sign_in.failure.": SignInFailure,
    },
    "catalog": {
        "area.": AREA_CODES,
        "book.": _literals(JobTitleContent, "reference_book"),
        "classifier.": _literals(Classifier, "classifier"),
        "fault.": SearchFault,
        "form.obstacle.": OBSTACLES,
        "member.": {*_literals(Completion, "column"), *FormContent.model_fields},
        "state.": InForceState,
    },
    "applications": {
        "act.": {*ACTS, *_literals(DecisionRequest, "outcome"), "attach"},
        "act_hint.": {*ACTS, "attach"},
        "act_title.": {*ACTS, "attach"},
        "acts.": {*Actor, *_literals(TimeLimitRule, "responsible")},
        "check.decision.": _literals(DecisionRequest, "outcome"),
        "check.examination.": PartResult,
        "check.score.": PartResult,
        "check.threshold.": [f"{way}.{result}" for way in Comparator for result in PartResult],
        "exam_result.": PartResult,
        "contact.hint.": OfficeKind,
        "contact.of.": OfficeKind,
        "hand.act.": HandAct,
        "hand.empty.": HandTab,
        "hand.hint.": HandTab,
        "hand.kind.": LetterKind,
        "hand.outcome.": HandOutcome,
        "hand.tab.": HandTab,
        "history.": {
            *HISTORY_COMMANDS,
            *(f"{command}.brief" for command in COMMANDS_WITH_FACTS),
            *("schedule.moved", "schedule.moved.brief"),
            *(f"{confirmation}{part}" for confirmation in CONFIRMATIONS for part in ("", ".brief")),
        },
        "job.": APPLICATIONS_JOBS,
        "kind.": _document_kinds(),
        "letter.": [f"{kind}.{part}" for kind in LetterKind for part in ("subject", "lead", "act")],
        "limit.": _limit_names(),
        "letter_rehearsal.channel.": RehearsedChannel,
        "limits.state.": PRESSING_STATES,
        "mail.": ("kind", "state", "channel", "reason"),
        "mail.channel.": LetterChannel,
        "mail.chip.": ("number", "planned_from", "planned_to"),
        "mail.kind.": LetterKind,
        "mail.reason.": LetterReason,
        "mail.state.": LetterState,
        "operations.tile.": [source.name for source in APPLICATIONS_FIGURES],
        "outcome.": _literals(DecisionRequest, "outcome"),
        "part.": EXAMINATION_PARTS,
        "part.practice.": PartResult,
        "part.theory.": PartResult,
        "stage.": Stage,
        "status.": Status,
        "turn.": {*ACTS_NEXT.values()},
        "work.empty.": {*(tab.name for tab in TABS), "narrowed"},
        "work.hat.": {tab.scope.name.lower() for tab in TABS},
        "work.order.": ("closed", "pressing", "waiting"),
        "work.tab.": [tab.name for tab in TABS],
    },
    "certificates": {
        "explanation.": Verdict,
        "fault.": QuestionFault,
        "job.": CERTIFICATES_JOBS,
        "ledger.chip.": ("number", "due_from", "due_to"),
        "ledger.published.": PUBLISHED,
        "notice.kind.": NoticeKind,
        "notice.reason.": SuppressionReason,
        "operations.tile.": [source.name for source in CERTIFICATES_FIGURES],
        "registry.reason.": FeedReason,
        "registry.subject.": Subject,
        "roster.action.": EnrolmentAction,
        "roster.done.": DONE,
        "roster.event.": RosterEventKind,
        "roster.fault.": ROW_RULES,
        "standing.": Verdict,
        "verdict.": {
            *Verdict,
            *(f"{verdict}.since" for verdict in ENDED_VERDICTS),
            *("expiring.then", "suspended.then", "valid.then"),
            *("extended", "not_yet_issued", "until"),
        },
        "webhook.check.failed.": CheckKind,
        "webhook.check.passed.": CheckKind,
        "webhook.done.": DONE_ACTS,
        "webhook.failure.": {*FAILED_EXCHANGES, "status"},
        "webhook.kind.": CheckKind,
        "webhook.mail.": [
            f"{notice}.{part}" for notice in EndpointNotice for part in ("subject", "text")
        ],
        "webhook.state.": EndpointState,
    },
}
"""The values that end a message's key, by the part before them."""


@cache
def _required_keys(domain: str) -> frozenset[str]:
    """The keys that must be there: those named in full, and each of every family."""
    families = {
        f"{prefix}{value}" for prefix, values in FAMILIES[domain].items() for value in values
    }
    whole_keys = {key for key in asked_keys(domain) if not key.endswith(".")}
    return frozenset(families | whole_keys | _form_field_keys(domain))


def _form_field_keys(domain: str) -> set[str]:
    """The fields that a remark can be about, which a template lists as pointers."""
    return {
        f"field.{item.value}"
        for tree in template_trees(domain)
        for constants in tree.find_all(nodes.List)
        for item in constants.items
        if isinstance(item, nodes.Const) and str(item.value).startswith("/")
    }


def _optional_keys(domain: str) -> set[str]:
    """The keys of which a template asks first whether they are there."""
    if domain == "catalog":
        fields = {
            field
            for schema in FormContent.model_json_schema()["$defs"].values()
            for field in schema.get("properties", ())
        }
        return {
            f"member.{member}.{field}" for member in FormContent.model_fields for field in fields
        }
    return {f"field.{name}" for name in form_field_names(domain)}


def _describe_path(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_are_two_languages_and_the_first_is_one_of_them() -> None:
    assert {FIRST_LANGUAGE, "en"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("service", SERVICES)
def test_every_message_that_pages_ask_for_is_there(service: str, language: str) -> None:
    assert asked_keys(service), "no template was read"
    messages = read_messages(service, language).keys() | read_messages("shared", language).keys()
    required_keys = _required_keys(service) | _required_keys("shared") | FORMAT_MESSAGES
    assert required_keys - messages == set()


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_key_that_ends_in_a_value_has_a_family(domain: str) -> None:
    beginnings = {key for key in asked_keys(domain) if key.endswith(".")}
    assert beginnings - FAMILIES[domain].keys() - {"field.", "rule."} == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("domain", DOMAINS)
def test_no_message_is_left_over(domain: str, language: str) -> None:
    askers = DOMAINS if domain == "shared" else (domain, "shared")
    asked_keys = {key for asker in askers for key in _required_keys(asker) | _optional_keys(asker)}
    assert read_messages(domain, language).keys() - asked_keys - FORMAT_MESSAGES == set()


@pytest.mark.parametrize("path", CATALOGUE_PATHS, ids=_describe_path)
def test_every_message_is_translated_with_the_same_values(path: Path) -> None:
    first_path = path.parents[2] / FIRST_LANGUAGE / "LC_MESSAGES" / path.name
    first_messages, messages = read_catalogue(first_path), read_catalogue(path)
    assert messages.keys() == first_messages.keys()
    for key, message in messages.items():
        assert not message.fuzzy, key
        assert all(message_texts(message)), key
        assert value_names(message) == value_names(first_messages[key]), key


@pytest.mark.parametrize("path", CATALOGUE_PATHS, ids=_describe_path)
def test_messages_stand_in_the_order_of_their_keys(path: Path) -> None:
    keys = list(read_catalogue(path))
    assert keys == sorted(keys)
