"""A line of a case's history as a sentence in the reader's language, without anybody's gender."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from services.applications.application.models import History
from services.applications.application.schemas import HistoryFacts, PeoplePair
from services.applications.application.status import Command, Status
from shared.locale.translator import Translator

FACT_WORDS = {
    "outcome": "exam_result",
    "handover_method": "handover_method",
}
"""Facts that are codes, with the family of messages that says each."""


def say_history_line(t: Translator, line: History, zone: ZoneInfo) -> str:
    """What the line tells; in brief where its facts were erased, or never kept.

    `zone` is the civil zone in which times are said.
    """
    key = f"history.{line.command}"
    if line.command == Command.SCHEDULE and line.from_status is Status.SCHEDULED:
        key = f"{key}.moved"
    if key not in t:
        return t("history.unknown")
    try:
        return t(key, **_say_facts(t, line.facts, zone))
    except KeyError:  # a fact that the sentence names is not there
        return t(f"{key}.brief")


def say_different_people(t: Translator, pairs: Sequence[PeoplePair]) -> str:
    """Who is another person than whom, by their names; blank without any."""
    sentences = (
        t("people.different", name=pair.name, other_name=pair.other_name) for pair in pairs
    )
    return "; ".join(sentences)


def _say_facts(t: Translator, facts: HistoryFacts | None, zone: ZoneInfo) -> dict[str, str]:
    """The facts that sentences may name, each by its name, as it is said inside of one."""
    words = {}
    for name, value in facts or ():
        if value is None:
            continue
        message = f"{FACT_WORDS[name]}.{value}" if name in FACT_WORDS else ""
        if message in t:
            words[name] = t(message)
        elif name == "different_people":
            words[name] = say_different_people(t, value)
        elif isinstance(value, datetime):
            words[name] = t.format_instant(value, zone)
        elif name not in FACT_WORDS:
            words[name] = str(value)
    return words
