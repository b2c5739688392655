"""What a refused form says: which field, why, in the reader's words; and what else has happened."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from services.applications.application.models import History
from services.applications.desk.acts import Act
from services.applications.desk.case_view import CaseView
from shared.errors import Conflict, DomainError, StaleVersion
from shared.locale.rules import say_field_errors, say_rule
from shared.locale.translator import Translator
from shared.pages.forms import FormError, FormFields

ROW_LABELS = {
    "remark": "field.remarks",
    "theory": "part.theory",
    "practice": "part.practice",
    "commission": "field.commission",
    "member": "field.members",
    "different": "field.different",
}
"""The messages that name the rows of the forms."""

LocateField = Callable[[str], str]
"""The name of the form's field for a JSON pointer into the body; blank where there is none."""

LOWER_PARTS = ("theory", "practice", "commission", "member", "different")
"""The parts of forms that stand below all other fields, in their order."""

NOT_IN_A_FIELD = "#"
"""What the pointer of a fault begins with that is not in the body."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a form was not accepted: the errors of its fields, and the status of the answer.

    `is_outdated` says that the case has changed since the form was opened, or cannot take the act
    any more.
    """

    errors: Sequence[FormError]
    status: int
    is_outdated: bool = False


def explain_invalid_body(t: Translator, locate: LocateField, error: ValidationError) -> Refusal:
    """The fields whose content the body's checks refuse."""
    errors = [
        _build_error(t, locate("".join(f"/{part}" for part in location)), sentence)
        for location, sentence in say_field_errors(t, error.errors(include_url=False))
    ]
    return Refusal(sorted(dict.fromkeys(errors), key=_find_place), 422)


def explain_refusal(t: Translator, locate: LocateField, error: DomainError) -> Refusal:
    """What a rule refuses, at its field where it names one."""
    if isinstance(error, StaleVersion):
        return Refusal((), 412, is_outdated=True)
    if isinstance(error, Conflict):
        return Refusal((), 409, is_outdated=True)
    pointer = error.field or ""
    name = "" if pointer.startswith(NOT_IN_A_FIELD) else locate(pointer)
    return Refusal([_build_error(t, name, say_rule(t, error.rule, error.values))], 422)


def _find_place(error: FormError) -> int:
    """How far down the form the error stands: before its rows, or in which of them."""
    name = re.split("[-_]", error.name)[0]
    return LOWER_PARTS.index(name) + 1 if name in LOWER_PARTS else 0


def _build_error(t: Translator, name: str, sentence: str) -> FormError:
    return FormError(name, sentence, _find_label(t, name))


def _find_label(t: Translator, name: str) -> str:
    """The label of a form's field, with its row where it is in one; blank where none is known."""
    row = re.fullmatch(r"([a-z]+)-(\d+)-(\w+)", name)
    if row is None:
        return t(f"field.{name}", name="").strip(": ") if f"field.{name}" in t else ""
    row_name, index, field = row.groups()
    own_key = f"field.{row_name}-{field}"
    label = t(own_key if own_key in t else f"field.{field}")
    rows_label = t(ROW_LABELS[row_name])
    return t("field.in_row", rows=rows_label, number=int(index) + 1, field=label)


def settle_outdated(refusal: Refusal, act: Act, view: CaseView, fields: FormFields) -> Refusal:
    """The refusal as the case stands now: 409 where the act has been done or is not possible."""
    if refusal.is_outdated and (is_done_already(act, view, fields) or act not in view.acts):
        return replace(refusal, status=409)
    return refusal


def find_news(view: CaseView, fields: FormFields) -> History | None:
    """The last line of the history, where the form was opened before it."""
    shown_text = fields.get("history", "")
    shown_id = int(shown_text) if re.fullmatch(r"[0-9]{1,18}", shown_text) else 0
    return view.history[-1] if view.last_history_id > shown_id else None


def is_done_already(act: Act, view: CaseView, fields: FormFields) -> bool:
    """Whether what has happened since the form was opened is this very act."""
    line = find_news(view, fields)
    return (
        line is not None
        and line.command in set(act.commands)
        and view.application.status in act.target_statuses()
    )
