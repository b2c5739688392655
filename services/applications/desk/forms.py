"""What people entered into forms, as the bodies of the procedure's steps."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from services.applications.application.schemas import Recorded
from services.applications.decision.schemas import CouncilDecision, HandedOver
from services.applications.examination.schemas import AppointmentMade, ExaminationProtocol, Sent
from services.applications.review.schemas import ReviewResult, Taken
from shared.schemas import RequestBody

ROWS = 5
"""Lines of a form that repeat: criteria, members, remarks. A blank one is left out."""

Entered = Mapping[str, str]


def entered(form: FormData) -> dict[str, str]:
    """The fields of a form as text, trimmed; what was left blank is left out."""
    found = {name: str(value).strip() for name, value in form.items()}
    return {name: value for name, value in found.items() if value}


def body(action: str, told: Entered, zone: ZoneInfo) -> RequestBody:
    """The body of a step. Raises pydantic's `ValidationError`, and `KeyError` for no such step."""
    kind, read = _FORMS[action]
    return kind.model_validate(read(told, zone))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _taken(told: Entered, _: ZoneInfo) -> dict[str, Any]:
    return {"reviewer": told.get("reviewer")}


def _review(told: Entered, _: ZoneInfo) -> dict[str, Any]:
    remarks = []
    for row in range(ROWS):
        about, text = told.get(f"about-{row}"), told.get(f"text-{row}")
        if text is None:
            continue
        place = "field" if (about or "").startswith("/") else "document_id"
        remarks.append({place: about, "text": text})
    return {
        "outcome": told.get("outcome"),
        "remarks": remarks,
        "reason": told.get("reason"),
        "reviewer": told.get("reviewer"),
    }


def _appointment(told: Entered, zone: ZoneInfo) -> dict[str, Any]:
    starts = told.get("starts_at")
    with suppress(ValueError):  # what is no time is told by the field's own check
        starts = starts and datetime.fromisoformat(starts).replace(tzinfo=zone).isoformat()
    agreed = [name for name in ("applicant", "employer") if told.get(f"agreed-{name}")]
    return {
        "place": told.get("place"),
        "starts_at": starts,
        "agreed_on": told.get("agreed_on"),
        "agreed_with": agreed,
        "by_contract": "by_contract" in told,
        "reason": told.get("reason"),
    }


def _examination(told: Entered, _: ZoneInfo) -> dict[str, Any]:
    commission = [
        {"name": told[f"member-{row}"], "own_staff": f"staff-{row}" in told}
        for row in range(ROWS)
        if f"member-{row}" in told
    ]
    return {
        "instrument": told.get("instrument"),
        "protocol_number": told.get("protocol_number"),
        "theory": _part("theory", told) or {},
        "practice": _part("practice", told),
        "commission": commission,
    }


def _part(name: str, told: Entered) -> dict[str, Any] | None:
    scores = [
        {
            "criterion": told[f"{name}-criterion-{row}"],
            "points": told.get(f"{name}-points-{row}"),
            "needed": told.get(f"{name}-needed-{row}"),
        }
        for row in range(ROWS)
        if f"{name}-criterion-{row}" in told
    ]
    if not scores and f"{name}-held_on" not in told:
        return None
    return {"held_on": told.get(f"{name}-held_on"), "scores": scores}


def _decision(told: Entered, _: ZoneInfo) -> dict[str, Any]:
    return {
        "outcome": told.get("outcome"),
        "decided_on": told.get("decided_on"),
        "protocol_number": told.get("protocol_number"),
        "members": _lines(told.get("members", "")),
        "recommendation": told.get("recommendation"),
    }


def _sent(told: Entered, _: ZoneInfo) -> dict[str, Any]:
    return {"sent_on": told.get("sent_on")}


def _handed_over(told: Entered, _: ZoneInfo) -> dict[str, Any]:
    return {"handed_over_on": told.get("handed_over_on"), "by": told.get("by")}


def _recorded(_: Entered, __: ZoneInfo) -> dict[str, Any]:
    return {}


_FORMS: dict[str, tuple[type[RequestBody], Callable[[Entered, ZoneInfo], dict[str, Any]]]] = {
    "review-start": (Taken, _taken),
    "review": (ReviewResult, _review),
    "appointment": (AppointmentMade, _appointment),
    "no-show": (Recorded, _recorded),
    "closure": (Recorded, _recorded),
    "examination": (ExaminationProtocol, _examination),
    "dispatch": (Sent, _sent),
    "decision": (CouncilDecision, _decision),
    "delivery": (HandedOver, _handed_over),
}
