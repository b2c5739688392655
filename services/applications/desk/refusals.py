"""What a refused form says: which field, why, in the reader's words; and what else has happened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from services.applications.desk.acts import Act
from services.applications.desk.case_view import CaseView
from services.applications.desk.forms import locate_field, locate_start
from shared.errors import Conflict, DomainError, StaleVersion
from shared.locale.rules import say_field_errors, say_rule
from shared.locale.translator import Translator
from shared.pages.forms import FormError, FormFields

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


def explain_invalid_body(
    t: Translator, act: Act, fields: FormFields, error: ValidationError
) -> Refusal:
    """The fields whose content the body's checks refuse."""
    errors = [
        FormError(_locate(act, fields, "".join(f"/{part}" for part in location)), sentence)
        for location, sentence in say_field_errors(t, error.errors(include_url=False))
    ]
    return Refusal(list(dict.fromkeys(errors)), 422)


def explain_refusal(t: Translator, act: Act, fields: FormFields, error: DomainError) -> Refusal:
    """What a rule refuses, at its field where it names one."""
    if isinstance(error, StaleVersion):
        return Refusal((), 412, is_outdated=True)
    if isinstance(error, Conflict):
        return Refusal((), 409, is_outdated=True)
    pointer = error.field or ""
    name = "" if pointer.startswith(NOT_IN_A_FIELD) else _locate(act, fields, pointer)
    return Refusal([FormError(name, say_rule(t, error.rule, error.values))], 422)


def _locate(act: Act, fields: FormFields, pointer: str) -> str:
    if pointer == "/starts_at":
        return locate_start(fields)
    return locate_field(pointer, act.field_patterns)


def settle_outdated(refusal: Refusal, act: Act, view: CaseView) -> Refusal:
    """The refusal as the case stands now: 409 where the act has been done or is not possible."""
    if refusal.is_outdated and (is_done_already(act, view) or act not in view.acts):
        return replace(refusal, status=409)
    return refusal


def is_done_already(act: Act, view: CaseView) -> bool:
    """Whether the last thing that happened to the case is this very act."""
    if not view.history or view.application.status not in act.target_statuses():
        return False
    return view.history[-1].command in set(act.commands)
