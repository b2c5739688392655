"""Domain errors: why a command was refused.

    DomainError             a rule refuses the command
    ├── NotFound            there is no such thing
    ├── Gone                there was, and it is no longer kept
    ├── Conflict            the present state forbids it
    │   ├── IllegalTransition   the lifecycle has no such step from here
    │   └── AlreadyExists       the same thing is there already
    ├── RuleViolation       the state allows it, but a rule of the scheme or of law does not
    ├── StaleVersion        the caller decided on an older version than the stored one
    ├── SameAnswer          the caller has the answer already, and asked for another one only
    ├── Unauthenticated     the caller is not identified
    ├── Forbidden           the caller may not do this
    └── TooManyRequests     the caller has exceeded a rate limit

Nothing here knows HTTP; `shared.web.error_answers` turns an error into a page or a document.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from jsonpointer import JsonPointer
from pydantic import BaseModel, Field

from shared.schemas import MAX_SENTENCES_CHARACTERS, RuleCode, Sentences


class DomainError(Exception):
    """A command refused by the domain.

    `rule` names the broken rule (stable, dotted, for machines), `detail` tells a person what is
    wrong and what to do, `field` is a JSON pointer into the request where one field is at fault,
    `extra` carries members that a client may act on, and `values` fill the placeholders of the
    rule's message on pages.
    """

    title: ClassVar[str] = "The command was refused"

    def __init__(
        self,
        rule: str,
        detail: str,
        *,
        field: str | None = None,
        extra: Mapping[str, Any] | None = None,
        values: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.rule = rule
        self.detail = detail
        self.field = field
        self.extra = dict(extra or {})
        self.values = dict(values or {})


class NotFound(DomainError):
    """There is no such aggregate, or the caller may not know of it."""

    title = "Not found"


class Gone(DomainError):
    """It was there once, and is no longer kept."""

    title = "No longer there"


class Conflict(DomainError):
    """The present state forbids the command."""

    title = "Conflict with the present state"


class IllegalTransition(Conflict):
    """The lifecycle has no such step from the present status."""

    title = "Illegal transition"


class AlreadyExists(Conflict):
    """The same thing is there already; `extra` may name it."""

    title = "Already exists"


class RuleViolation(DomainError):
    """A rule of the scheme or of law refuses what the state would allow."""

    title = "A rule refuses this"


class StaleVersion(DomainError):
    """The caller decided on an older version than the stored one."""

    title = "The resource has changed"


class SameAnswer(DomainError):
    """The caller has this answer already, and has asked for it only if it were another."""

    title = "Nothing has changed"


class Unauthenticated(DomainError):
    """The caller is not identified: no token, or one that is not valid here."""

    title = "Who calls is not known"


class Forbidden(DomainError):
    """The caller is identified, but may not do this."""

    title = "Not allowed"


class TooManyRequests(DomainError):
    """The caller has exceeded a rate limit; `headers` say when to try again."""

    title = "Too many requests"

    def __init__(
        self,
        rule: str,
        detail: str,
        *,
        headers: Mapping[str, str],
        values: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(rule, detail, values=values)
        self.headers = dict(headers)


class TransientFailure(Exception):
    """Something outside the domain failed and may succeed when tried again."""


ExpectedRevision = int | frozenset[int] | None
"""The revision that a caller decided on, or any of several; None when they do not say."""

NOTHING_EXISTS = frozenset({0})
"""What a caller expects who wants to make a thing, and never to change one."""


def check_version(stored_version: int, expected_version: ExpectedRevision) -> None:
    """Refuses a command that was decided on another version than the stored one.

    That is 0 before there is any. Raises `StaleVersion`.
    """
    if expected_version is None:
        return
    versions = {expected_version} if isinstance(expected_version, int) else expected_version
    if stored_version not in versions:
        decided_on = f"version {max(versions)}" if versions - NOTHING_EXISTS else "another version"
        raise StaleVersion(
            "resource.changed",
            f"You decided on {decided_on}; it is now version {stored_version}. "
            "Read it and decide again.",
            field="#header/If-Match",
            extra={"version": stored_version},
        )


class FieldError(BaseModel):
    """What is wrong with one field of a request."""

    pointer: Sentences = Field(
        description="JSON pointer into the body, or `#query/…`, `#header/…`",
        examples=["/issued_on"],
    )
    rule: RuleCode = Field(description="broken rule, as `/v1/problems` lists it; stable")
    detail: Sentences = Field(
        description="what is wrong, and what is right; for people",
        examples=["Send a day as YYYY-MM-DD, such as 2026-03-31."],
    )


def json_pointer(location: Iterable[object]) -> str:
    """The pointer to a part of a value; of names that a client made up, as long as one may be."""
    pointer: str = JsonPointer.from_parts(map(str, location)).path
    return pointer[:MAX_SENTENCES_CHARACTERS]


def request_pointer(location: Iterable[object]) -> str:
    """The pointer to a part of a request, as pydantic locates it: `/name`, `#query/limit`."""
    location_kind, *path_parts = location
    path = json_pointer(path_parts)
    return path or "/" if location_kind == "body" else f"#{location_kind}{path}"
