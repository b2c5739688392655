"""The fields of submitted forms, as the request bodies of the procedure's steps."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

REPEATED_ROWS = 5
"""Lines of a form that repeat: criteria, members, remarks. A blank one is left out."""

FormFields = Mapping[str, str]


def read_fields(form: FormData) -> dict[str, str]:
    """The fields of a form as trimmed text; blank fields are left out."""
    texts = {name: str(value).strip() for name, value in form.items()}
    return {name: value for name, value in texts.items() if value}


def _split_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _read_review_start(fields: FormFields, _: ZoneInfo) -> dict[str, object]:
    return {"reviewer": fields.get("reviewer")}


def _read_review(fields: FormFields, _: ZoneInfo) -> dict[str, object]:
    remarks = []
    for row in range(REPEATED_ROWS):
        target, text = fields.get(f"about-{row}"), fields.get(f"text-{row}")
        if text is None:
            continue
        target_member = "field" if (target or "").startswith("/") else "document_id"
        remarks.append({target_member: target, "text": text})
    return {
        "outcome": fields.get("outcome"),
        "remarks": remarks,
        "reason": fields.get("reason"),
        "reviewer": fields.get("reviewer"),
    }


def _read_appointment(fields: FormFields, zone: ZoneInfo) -> dict[str, object]:
    starts_at = fields.get("starts_at")
    with suppress(ValueError):  # what is no time is told by the field's own check
        starts_at = starts_at and datetime.fromisoformat(starts_at).replace(tzinfo=zone).isoformat()
    agreed_parties = [name for name in ("applicant", "employer") if fields.get(f"agreed-{name}")]
    return {
        "place": fields.get("place"),
        "starts_at": starts_at,
        "agreed_on": fields.get("agreed_on"),
        "agreed_with": agreed_parties,
        "by_contract": "by_contract" in fields,
        "reason": fields.get("reason"),
    }


def _read_examination(fields: FormFields, _: ZoneInfo) -> dict[str, object]:
    commission = [
        {"name": fields[f"member-{row}"], "own_staff": f"staff-{row}" in fields}
        for row in range(REPEATED_ROWS)
        if f"member-{row}" in fields
    ]
    return {
        "instrument": fields.get("instrument"),
        "protocol_number": fields.get("protocol_number"),
        "theory": _read_part("theory", fields) or {},
        "practice": _read_part("practice", fields),
        "commission": commission,
    }


def _read_part(name: str, fields: FormFields) -> dict[str, object] | None:
    scores = [
        {
            "criterion": fields[f"{name}-criterion-{row}"],
            "points": fields.get(f"{name}-points-{row}"),
            "required_points": fields.get(f"{name}-required_points-{row}"),
        }
        for row in range(REPEATED_ROWS)
        if f"{name}-criterion-{row}" in fields
    ]
    if not scores and f"{name}-held_on" not in fields:
        return None
    return {"held_on": fields.get(f"{name}-held_on"), "scores": scores}


def _read_decision(fields: FormFields, _: ZoneInfo) -> dict[str, object]:
    return {
        "outcome": fields.get("outcome"),
        "decided_on": fields.get("decided_on"),
        "protocol_number": fields.get("protocol_number"),
        "members": _split_lines(fields.get("members", "")),
        "recommendation": fields.get("recommendation"),
    }


def _read_dispatch(fields: FormFields, _: ZoneInfo) -> dict[str, object]:
    return {"sent_on": fields.get("sent_on")}


def _read_delivery(fields: FormFields, _: ZoneInfo) -> dict[str, object]:
    return {
        "handed_over_on": fields.get("handed_over_on"),
        "handover_method": fields.get("handover_method"),
    }


def _read_empty_form(_: FormFields, __: ZoneInfo) -> dict[str, object]:
    return {}


FORM_READERS: Mapping[str, Callable[[FormFields, ZoneInfo], dict[str, object]]] = {
    "review-start": _read_review_start,
    "review": _read_review,
    "appointment": _read_appointment,
    "no-show": _read_empty_form,
    "closure": _read_empty_form,
    "examination": _read_examination,
    "dispatch": _read_dispatch,
    "decision": _read_decision,
    "delivery": _read_delivery,
}
"""What makes the members of a step's body out of its form, by the step's name."""
