"""The site of rosters, what its pages say of a roster, and why a form was refused."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fastapi import Request
from pydantic import ValidationError

from services.certificates.certificate.standing import VERDICTS, Verdict, VerdictFamily
from services.certificates.rosters.current_status import StatusReader
from services.certificates.rosters.queries import RosterEntry
from shared.errors import Conflict, DomainError
from shared.locale.rules import say_field_errors, say_rule
from shared.locale.translator import Translator
from shared.pages.forms import FormError
from shared.pages.preferences import page_language
from shared.pages.site import Site

SITE = Site("services.certificates.rosters", "rosters", {}, is_work=True)
PAGE_ROWS = 50
TAG_FAMILIES = {
    VerdictFamily.YES: "yes",
    VerdictFamily.NOT_NOW: "wait",
    VerdictFamily.NO: "no",
    VerdictFamily.UNKNOWN: "quiet",
}
"""The colour and sign of a verdict in a list; one that holds and ends soon is told apart."""


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A watched certificate as a line of the page; `until` is its own last day on the roster."""

    number: str
    issued_on: date
    verdict: Verdict
    family: str
    ends_on: date
    until: date | None


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event as a line: its number, instant and sentence."""

    sequence: int
    at: datetime
    sentence: str


def build_path(request: Request, path: object = "") -> str:
    """The address of a page of rosters in the page's language."""
    return f"/{page_language(request)}/rosters{path}"


def build_rows(entries: Iterable[RosterEntry], reader: StatusReader) -> list[RosterRow]:
    """The entries with how their certificates stand."""
    rows = []
    for entry in entries:
        answer, facts = reader.verify(entry.number), reader.facts[entry.number]
        certificate, verdict = answer["certificate"], answer["verdict"]
        is_soon = verdict is Verdict.EXPIRING
        rows.append(
            RosterRow(
                number=entry.number,
                issued_on=facts.issued_on,
                verdict=verdict,
                family="wait" if is_soon else TAG_FAMILIES[VERDICTS[verdict].family],
                ends_on=certificate["ends_on"] if certificate else facts.valid_until,
                until=entry.until,
            )
        )
    return rows


def build_event_lines(t: Translator, contents: Iterable[str]) -> list[EventLine]:
    """Events, as portals get them, in words."""
    return [_build_event_line(t, json.loads(content)) for content in contents]


def _build_event_line(t: Translator, event: dict[str, Any]) -> EventLine:
    kind = event["type"].rpartition(".")[0].rpartition(".")[2]
    return EventLine(
        sequence=int(event["sequence"]),
        at=datetime.fromisoformat(event["time"]),
        sentence=t(f"roster.event.{kind}", **_say_data(t, event["data"])),
    )


def _say_data(t: Translator, data: dict[str, Any]) -> dict[str, str]:
    """The facts that sentences name."""
    successor: dict[str, str] = data.get("successor") or {}
    days: dict[str, str] = {
        name: t.format_day(date.fromisoformat(data[name]))
        for name in ("ends_on", "effective_on", "day")
        if name in data
    }
    count = data["last"] - data["first"] + 1 if "last" in data else 0
    return {
        "number": str(data.get("number", "")),
        "successor": successor.get("number", ""),
        "count": t.format_number(count),
        "ends_on": "",
        "effective_on": "",
        "day": "",
        **days,
    }


def explain_refusal(
    t: Translator, error: ValidationError | DomainError, body_field: str = ""
) -> tuple[Sequence[FormError], int]:
    """What is wrong with a form, at its fields; and the status of the answer.

    `body_field` is the field of what is wrong with the body as a whole.
    """
    if isinstance(error, ValidationError):
        places = say_field_errors(t, error.errors(include_url=False))
        findings = [(str(location[0]) if location else "", words) for location, words in places]
        status = 422
    else:
        name = (error.field or "").strip("/") or body_field
        findings = [(name, say_rule(t, error.rule, error.values))]
        status = 409 if isinstance(error, Conflict) else 422
    errors = [
        FormError(name, words, t(f"field.{name}") if f"field.{name}" in t else "")
        for name, words in findings
    ]
    return list(dict.fromkeys(errors)), status
