"""Refusals as exceptions, and answers as what they must be."""

import json
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Refused(Exception):
    """The service refused the request.

    `rule` is the stable code of the reason, `errors` says it of single members, and `instance`
    names the request to those whom you ask for help.
    """

    def __init__(self, status: int, problem: dict[str, Any], retry_after: float | None) -> None:
        self.status = status
        self.rule = str(problem.get("rule", ""))
        self.detail = str(problem.get("detail", ""))
        self.instance = str(problem.get("instance", ""))
        self.errors: list[dict[str, Any]] = problem.get("errors", [])
        self.retry_after = retry_after
        """Seconds after which to try again, of 429 and 503; None where it is of no use."""
        faults = "; ".join(
            f"{fault.get('pointer')}: {fault.get('detail')}" for fault in self.errors
        )
        words = [f"{status} {self.rule}".strip(), self.detail, faults]
        super().__init__(": ".join(word for word in words if word))


class AnswerBroken(Exception):
    """An answer was broken off before its end, and again when it was asked for anew."""


class JobCancelled(Exception):
    """The job was cancelled: the rows that are left will not be answered."""


class _Answer(Protocol):
    """What generated operations answer with, and what streams begin with."""

    @property
    def content(self) -> bytes: ...
    @property
    def headers(self) -> Any: ...
    @property
    def status_code(self) -> int: ...


class _ParsedAnswer(_Answer, Protocol):
    @property
    def parsed(self) -> Any: ...


def read_answer(answer: _ParsedAnswer, expected_type: type[T]) -> T:
    """The body of a successful answer. Raises `Refused` for every other."""
    check_answer(answer)
    if not isinstance(answer.parsed, expected_type):
        raise Refused(answer.status_code, {"detail": "no such answer is documented"}, None)
    return answer.parsed


def check_answer(answer: _Answer) -> None:
    """Raises `Refused` for an answer that is no success."""
    if HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
        return
    try:
        problem = json.loads(answer.content)
    except ValueError:  # a gateway's page
        problem = {}
    seconds = answer.headers.get("Retry-After", "")
    retry_after = float(seconds) if seconds.isdecimal() else None
    raise Refused(
        int(answer.status_code), problem if isinstance(problem, dict) else {}, retry_after
    )
