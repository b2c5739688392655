"""The fields of the forms as the bodies of the procedure's steps, and the way back to a field.

A blank field is left out of the body, so that the body's own check says that it is missing. Rows
that repeat are called `<name>-<index>-<field>`; they stand one after another, without gaps, so
that the index in the body is the index in the form.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from shared.pages.forms import MAX_ROWS, FormFields, read_day, read_decimal, read_rows, read_time

BodyReader = Callable[[FormFields, ZoneInfo], dict[str, object]]
"""Makes the members of a body out of a form; times of day are in the zone."""

FieldPatterns = Sequence[tuple[str, str]]
"""Patterns of JSON pointers into a body, each with the name of the form's field for it."""

ROW_FIELDS: Mapping[str, Sequence[str]] = {
    "remark": ("about", "text"),
    "theory": ("criterion", "points", "required_points"),
    "practice": ("criterion", "points", "required_points"),
    "commission": ("name", "own_staff"),
    "member": ("name",),
    "different": ("name", "other_name", "confirmed"),
}
"""The rows of the forms, and the fields of each."""


def close_gaps(fields: FormFields) -> dict[str, str]:
    """The same fields with the rows that hold something one after another, from 0."""
    row_names = "|".join(ROW_FIELDS)
    is_row_field = re.compile(rf"(?:{row_names})-\d{{1,2}}-.+", re.DOTALL).fullmatch
    closed_fields = {name: value for name, value in fields.items() if not is_row_field(name)}
    for row_name in ROW_FIELDS:
        for index, row in enumerate(read_rows(fields, row_name)):
            closed_fields |= {f"{row_name}-{index}-{name}": value for name, value in row.items()}
    return closed_fields


def ask_confirmation(fields: FormFields, pairs: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    """The form with these pairs of names to be confirmed, after those that were."""
    if not pairs:
        return fields
    confirmed_rows = [row for row in read_rows(fields, "different") if "confirmed" in row]
    other_fields = {
        name: value for name, value in fields.items() if not name.startswith("different-")
    }
    rows = [*confirmed_rows, *pairs]
    return other_fields | {
        f"different-{index}-{name}": value
        for index, row in enumerate(rows[:MAX_ROWS])
        for name, value in row.items()
    }


def locate_field(pointer: str, patterns: FieldPatterns) -> str:
    """The name of the form's field for a JSON pointer into the body; blank where there is none."""
    for pattern, field_name in patterns:
        match = re.fullmatch(pattern, pointer)
        if match:
            return match.expand(field_name)
    simple_name = re.fullmatch(r"/(\w+)", pointer)
    return simple_name[1] if simple_name else ""


def _pick_fields(fields: FormFields, *names: str) -> dict[str, object]:
    return {name: fields[name] for name in names if name in fields}


def _drop_blanks(members: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}


def read_review_start(fields: FormFields, _: ZoneInfo) -> dict[str, object]:
    """The body of taking the review."""
    return _pick_fields(fields, "reviewer")


def read_admission(fields: FormFields, _: ZoneInfo) -> dict[str, object]:
    """The body of a review that admits."""
    return {"outcome": "admit", **_pick_fields(fields, "reviewer")}


def read_return(fields: FormFields, _: ZoneInfo) -> dict[str, object]:
    """The body of a review that returns the application with remarks."""
    remarks = []
    for row in read_rows(fields, "remark"):
        target = row.get("about")
        target_member = "field" if target is None or target.startswith("/") else "document_id"
        remarks.append(_drop_blanks({target_member: target, "text": row.get("text")}))
    return {"outcome": "return", "remarks": remarks, **_pick_fields(fields, "reviewer")}


def read_decline(fields: FormFields, _: ZoneInfo) -> dict[str, object]:
    """The body of a review that declines the application."""
    return {"outcome": "decline", **_pick_fields(fields, "reviewer", "reason")}


def read_appointment(fields: FormFields, zone: ZoneInfo) -> dict[str, object]:
    """The body of an appointment: day and time are one instant."""
    day_text, time_text = read_day(fields, "starts_on"), read_time(fields, "starts_time")
    starts_at: str | None = None
    if day_text is not None and time_text is not None:
        starts_at = f"{day_text}T{time_text}"
        with suppress(ValueError):  # what is no time is told by the body's own check
            day, clock_time = date.fromisoformat(day_text), time.fromisoformat(time_text)
            starts_at = datetime.combine(day, clock_time, zone).isoformat()
    parties = [name for name in ("applicant", "employer") if f"agreed-{name}" in fields]
    return {
        **_pick_fields(fields, "place", "reason"),
        **_drop_blanks({"starts_at": starts_at, "agreed_on": read_day(fields, "agreed_on")}),
        "agreed_with": parties,
        "by_contract": "by_contract" in fields,
    }


def locate_start(fields: FormFields) -> str:
    """Which of the two fields of an appointment's instant is at fault."""
    try:
        date.fromisoformat(read_day(fields, "starts_on") or "")
    except ValueError:
        return "starts_on"
    try:
        time.fromisoformat(read_time(fields, "starts_time") or "")
    except ValueError:
        return "starts_time"
    return "starts_on"


def read_examination(fields: FormFields, _: ZoneInfo) -> dict[str, object]:
    """The body of a protocol. The practical part was held when it has points."""
    commission = [
        {**_pick_fields(row, "name"), "own_staff": "own_staff" in row}
        for row in read_rows(fields, "commission")
    ]
    materials = [name.removeprefix("material-") for name in fields if name.startswith("material-")]
    has_practice = any("points" in row for row in read_rows(fields, "practice"))
    return {
        **_pick_fields(fields, "protocol_number", "instrument"),
        "theory": _read_part("theory", fields),
        **({"practice": _read_part("practice", fields)} if has_practice else {}),
        **_drop_blanks({"total_threshold": _read_threshold("total", fields)}),
        "commission": commission,
        "materials": materials,
        **_read_different_people(fields),
    }


def _read_part(name: str, fields: FormFields) -> dict[str, object]:
    scores = []
    for row in read_rows(fields, name):
        points = {key: read_decimal(row, key) for key in ("points", "required_points")}
        scores.append({**_pick_fields(row, "criterion"), **_drop_blanks(points)})
    members = {
        "held_on": read_day(fields, f"{name}_on"),
        "scores": scores,
        "threshold": _read_threshold(name, fields),
        "maximum_points": read_decimal(fields, f"{name}_maximum"),
    }
    return _drop_blanks(members)


def _read_threshold(name: str, fields: FormFields) -> dict[str, object] | None:
    """A threshold of this name; None where no points were typed for it."""
    points = read_decimal(fields, f"{name}_threshold")
    if points is None:
        return None
    comparator = fields.get(f"{name}_comparator")
    return _drop_blanks({"points": points, "comparator": comparator})


def _read_different_people(fields: FormFields) -> dict[str, object]:
    """The pairs of names that were confirmed to be two people's."""
    rows = [row for row in read_rows(fields, "different") if "confirmed" in row]
    return {"different_people": [_pick_fields(row, "name", "other_name") for row in rows]}


def read_dispatch(fields: FormFields, _: ZoneInfo) -> dict[str, object]:
    """The body of sending the file to the council."""
    return _drop_blanks({"sent_on": read_day(fields, "sent_on")})


def read_decision(fields: FormFields, _: ZoneInfo) -> dict[str, object]:
    """The body of the council's decision; a recommendation belongs to a refusal."""
    return {
        **_pick_fields(fields, "outcome", "protocol_number"),
        **_drop_blanks({"decided_on": read_day(fields, "decided_on")}),
        "members": [row["name"] for row in read_rows(fields, "member") if "name" in row],
        **_read_different_people(fields),
        **({"same_holder": fields["same_holder"] == "yes"} if "same_holder" in fields else {}),
        **(_pick_fields(fields, "recommendation") if fields.get("outcome") == "refuse" else {}),
    }


def read_delivery(fields: FormFields, _: ZoneInfo) -> dict[str, object]:
    """The body of handing the certificate or the statement over."""
    handed_over_on = read_day(fields, "handed_over_on")
    return {
        **_pick_fields(fields, "handover_method"),
        **_drop_blanks({"handed_over_on": handed_over_on}),
    }


def read_nothing(_: FormFields, __: ZoneInfo) -> dict[str, object]:
    """The body of a step that asks nothing."""
    return {}
