"""What was typed into a form that failed: shown on the failure's page, ready to be sent again."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fastapi import Request

from shared.errors import Forbidden
from shared.locale.translator import Translator
from shared.pages.ways_on import read_request_path
from shared.web.form_record import MULTIPART, URLENCODED, RecordedForm, read_recorded_form
from shared.web.problems import ProblemDescription
from shared.web.sessions import SAFE_METHODS, check_own_site

SENDABLE_STATUSES = frozenset({401, 403, 409, 429, 500, 503})
"""After these the same form may succeed; after others, such as 412, it never can."""

SECRET_NAMES = re.compile(r"passw|secret|token|otp", re.IGNORECASE)
"""Names of fields that never stand on a page."""

UNSHOWN_NAMES = frozenset({"revision", "version", "next", "add"})
"""Fields that forms themselves fill in: sent again, and nothing to a reader."""

LANGUAGE_FIELD = "change_language"
"""What a change of language sends with a form: it is drawn again filled, and nothing is done."""

_PART = re.compile(r"(?P<name>.+)-(?:day|month|year|\d+)")


@dataclass(frozen=True, slots=True)
class UnsentField:
    """What was typed into one field; without a label its form alone knows what it is."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class UnsentForm:
    """What was typed, and the hidden fields that send it again to `action`.

    `losses` are what could not be kept, as in the messages `failure.lost.<loss>`.
    """

    action: str = ""
    shown_fields: Sequence[UnsentField] = ()
    hidden_fields: Sequence[tuple[str, str]] = ()
    losses: Sequence[str] = ()
    can_be_sent: bool = False
    has_files: bool = False

    @property
    def can_be_opened(self) -> bool:
        """Whether its page draws it again, filled, when only the language is changed."""
        return bool(self.shown_fields) and "part" not in self.losses


LOSSES = ("everything", "files", "part", "secrets")


async def read_unsent_form(
    request: Request, problem: ProblemDescription, t: Translator
) -> UnsentForm:
    """What this failed request's form held; empty where another site sent it in a reader's name."""
    content_type = request.headers.get("Content-Type", "").lower()
    if request.method in SAFE_METHODS or not content_type.startswith((URLENCODED, MULTIPART)):
        return UnsentForm()
    try:
        check_own_site(request)
    except (Forbidden, ValueError):
        return UnsentForm()
    form = await read_recorded_form(request.scope)
    typed_fields = [(name, text) for name, text in form.fields if name != LANGUAGE_FIELD]
    fields = [(name, text) for name, text in typed_fields if not SECRET_NAMES.search(name)]
    has_secrets = len(fields) < len(typed_fields)
    return UnsentForm(
        action=read_request_path(request),
        shown_fields=list_shown_fields(fields, t),
        hidden_fields=fields,
        losses=_list_losses(form, has_secrets=has_secrets),
        can_be_sent=problem.status in SENDABLE_STATUSES
        and form.is_whole
        and not has_secrets
        and bool(fields or form.has_files),
        has_files=form.has_files,
    )


def _list_losses(form: RecordedForm, *, has_secrets: bool) -> list[str]:
    if not form.is_whole and not form.fields:
        return ["everything"]
    losses = {"files": form.has_files, "part": not form.is_whole, "secrets": has_secrets}
    return [loss for loss, has_happened in losses.items() if has_happened]


def list_shown_fields(fields: Iterable[tuple[str, str]], t: Translator) -> list[UnsentField]:
    """What a person typed, in the form's order; the parts of a day are one text."""
    texts: dict[str, list[str]] = {}
    for name, text in fields:
        if text.strip() and name not in UNSHOWN_NAMES:
            texts.setdefault(_row_name(name), []).append(text.strip())
    return [UnsentField(_find_label(name, t), ".".join(parts)) for name, parts in texts.items()]


def _row_name(name: str) -> str:
    """The name under which a field is shown: that of the day for its day, month and year."""
    match = re.fullmatch(r"(.+)-(?:day|month|year)", name)
    return match[1] if match else name


def _find_label(name: str, t: Translator) -> str:
    """The label of the field's form, by its name or that of its row; blank where none is known."""
    match = _PART.fullmatch(name)
    names = [name, match["name"]] if match else [name]
    keys = [f"field.{candidate}" for candidate in names]
    return next((t(key) for key in keys if key in t), "")
