"""What bodies and answers of all services are made of: their base, days, instants, numbers."""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin
from unicodedata import category

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from shared.letters import describe_letters, find_unprintable
from shared.values.days import check_day_bounds, check_instant_bounds
from shared.values.lines import PersonName, refuse_controls, refuse_mixed_alphabets
from shared.values.pasted import strip_pasted, unify_line_ends

MAX_INTEGER = 2_147_483_647
"""The largest whole number of most columns (int4)."""
MAX_EXACT_INTEGER = 9_007_199_254_740_991
"""The largest whole number that JavaScript, too, reads exactly: 2**53 - 1."""

NUMBER_TYPES = frozenset({int, float, Decimal})

MAX_SENTENCES_CHARACTERS = 10_000
RULE_PATTERN = r"^[a-z0-9_.]+$"

_DAY_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ].+")


def is_none(value: object) -> bool:
    """Whether there is no value: for fields that are left out of JSON then (`exclude_if`)."""
    return value is None


class RequestBody(BaseModel):
    """The base of request bodies: unknown members are refused, text is trimmed and can be printed.

    Trimmed is also what has no width. Any text may come to stand on a paper; so characters that no
    font has are refused here, where the field can be named, and with them U+0000, which PostgreSQL
    cannot store. A boolean is taken for no number, nor a number for a boolean, which pydantic would
    do.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _strip_text(cls, value: Any) -> Any:
        if isinstance(value, list):
            return [_strip_item(item) for item in value]
        return _strip_item(value)

    @field_validator("*", mode="before")
    @classmethod
    def _tell_booleans_from_numbers(cls, value: Any, member: ValidationInfo) -> Any:
        annotation: Any = cls.model_fields[member.field_name or ""].annotation
        types = _list_types(annotation)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, bool) and bool not in types and types & NUMBER_TYPES:
                raise PydanticKnownError("int_type")
            if type(item) in NUMBER_TYPES and bool in types and not types & NUMBER_TYPES:
                raise PydanticKnownError("bool_type")
        return value


class PersonNamesRequest(RequestBody):
    """The base of bodies with one person's names. A single name stands in both names' places.

    Together they are held to the alphabets of `PersonName`, too: a family name of Latin letters
    that all look like Russian ones is refused beside a Russian given name.
    """

    family_name: PersonName
    given_name: PersonName = Field(examples=["Анна"])
    patronymic: PersonName | None = Field(default=None, examples=["Игоревна"])

    @field_validator("given_name", "patronymic")
    @classmethod
    def _check_alphabets(cls, name: str | None, form: ValidationInfo) -> str | None:
        refuse_mixed_alphabets(*filter(None, (form.data.get("family_name"), name)))
        return name


def _strip_item(value: Any) -> Any:
    """A text without what was pasted around it. Raises `PydanticCustomError` if it is no text."""
    if not isinstance(value, str):
        return value
    if "\x00" in value:
        raise PydanticCustomError("text.nul", "must not contain the character U+0000")
    text = refuse_controls(strip_pasted(unify_line_ends(value)))
    letters = [letter for letter in find_unprintable(text) if category(letter) != "Cs"]
    if letters:  # surrogates are pydantic's `string_unicode`
        raise PydanticCustomError(
            "text.unprintable",
            "has characters that cannot be printed: {letters}",
            {"letters": describe_letters(letters)},
        )
    return text


@cache
def _list_types(annotation: Any) -> frozenset[Any]:
    """The type itself, and those of which it is composed; of a literal, those of its values."""
    parts = get_args(annotation)
    if get_origin(annotation) is Literal:
        return frozenset(map(type, parts))
    if get_origin(annotation) is Annotated:
        return _list_types(parts[0])
    return frozenset({annotation}).union(*map(_list_types, parts))


def _require_day_text(value: object) -> object:
    """Refuses what pydantic would take for a day, too: seconds since 1970, a day with a time.

    Raises `PydanticKnownError`.
    """
    if isinstance(value, str) and _DAY_TEXT.fullmatch(text := strip_pasted(value)):
        return text
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise PydanticKnownError("date_parsing", {"error": "a day is written as 2026-03-31"})


def _require_instant_text(value: object) -> object:
    """Refuses what pydantic would take for an instant, too: seconds since 1970, a day alone.

    Raises `PydanticKnownError`.
    """
    if isinstance(value, str) and _INSTANT_TEXT.fullmatch(text := strip_pasted(value)):
        return text
    if isinstance(value, datetime):
        return value
    example = "an instant is written as 2026-03-31T09:00:00Z"
    raise PydanticKnownError("datetime_parsing", {"error": example})


CivilDay = Annotated[date, BeforeValidator(_require_day_text), AfterValidator(check_day_bounds)]
"""A civil day that a client sends: text as `2026-03-31`, never a number or an instant."""

ZonedInstant = Annotated[
    AwareDatetime, BeforeValidator(_require_instant_text), AfterValidator(check_instant_bounds)
]
"""An instant that a client sends: text of RFC 3339 with its offset from UTC, never a number."""

Sentences = Annotated[str, Field(json_schema_extra={"maxLength": MAX_SENTENCES_CHARACTERS})]
"""Sentences that the service writes itself: the bound tells clients, and refuses nothing."""

RuleCode = Annotated[
    str, Field(json_schema_extra={"maxLength": 80, "pattern": RULE_PATTERN}, examples=["day.form"])
]
"""The stable name of a rule by which something is refused."""

Revision = Annotated[
    int,
    Field(
        ge=0,
        le=MAX_INTEGER,
        description="number of changes so far; what `If-Match` is compared with",
        examples=[3],
    ),
]
"""How often a thing was changed."""

Count = Annotated[int, Field(ge=0, le=MAX_EXACT_INTEGER, examples=[12])]
"""How many there are."""

Position = Annotated[int, Field(ge=0, le=MAX_EXACT_INTEGER, examples=[1024])]
"""A place in a sequence without gaps; 0 is before the first."""

TokenSubject = Annotated[
    str,
    Field(
        json_schema_extra={"maxLength": 255},
        description="subject of the token by which it was done",
        examples=["4f1c2d1e-operator"],
    ),
]
"""Who acted, as tokens name them (RFC 9068, `sub`)."""
