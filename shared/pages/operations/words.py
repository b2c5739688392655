"""Jobs, events and reasons as people call them: no code is shown but where it is to be copied."""

from shared.locale.rules import say_rule
from shared.locale.translator import Translator

REASONS = ("failure", "order", "unreadable")
"""Why an event is a dead letter, besides the rule by which it was refused."""
ROW_FAULTS = {
    "21": "data",
    "22": "data",
    "23": "constraint",
    "44": "constraint",
    "55": "time",
    "57": "time",
}
"""What is at fault with a row set aside, by the class of the SQLSTATE in its reason."""


def say_job(t: Translator, name: str) -> str:
    """What a job does; one that this service does not have any more is told as such."""
    key = f"job.{name}"
    return t(f"job.{name}") if key in t else t("operations.job.unknown")


def say_event(t: Translator, event_type: str | None) -> str:
    """What has happened, by the type of an event."""
    key = f"event.{event_type}"
    return t(f"event.{event_type}") if key in t else t("operations.event.unknown")


def say_topic(t: Translator, topic: str) -> str:
    """What the events of a topic are about."""
    key = f"topic.{topic}"
    return t(f"topic.{topic}") if key in t else t("operations.event.unknown")


def say_reason(t: Translator, reason: str) -> str:
    """Why an event could not be handled."""
    if reason in REASONS:
        return t(f"dead_letter.reason.{reason}")
    if f"rule.{reason}" in t:
        try:
            return say_rule(t, reason, {})
        except (KeyError, ValueError):  # it names facts, which the letter does not keep
            return t("dead_letter.reason.refused")
    return t("dead_letter.reason.refused")


def say_refusal(t: Translator, reason: str) -> str:
    """Why no broker takes an event, by the failure that its client named."""
    return t("parked_event.reason.size" if "TooLarge" in reason else "parked_event.reason.refused")


def say_row_fault(t: Translator, reason: str) -> str:
    """Why a row was set aside, by the fault that the job named."""
    sql_class = reason.rpartition("SQLSTATE ")[2][:2] if "SQLSTATE " in reason else ""
    return t(f"set_aside.fault.{ROW_FAULTS.get(sql_class, 'handling')}")
