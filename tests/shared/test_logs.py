"""Logs tell what failed and where, and quote nobody."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shared import logs, tracing

PLANTED = "Белова-1994-06-17"


@contextmanager
def _logging() -> Iterator[None]:
    """Logs into what is standard error now; puts pytest's own handlers back."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    logs.configure_logging("tests", "http", "INFO", "json")
    try:
        yield
    finally:
        root.handlers, root.level = handlers, level


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_says_who_wrote_it_under_which_cause(capsys: pytest.CaptureFixture[str]) -> None:
    with _logging(), tracing.continue_trace("order-66", {}):
        logs.get_logger("a.module").info("thing.done", count=2)
    (line,) = _lines(capsys)
    expected_fields = {"event": "thing.done", "count": 2, "service": "tests", "process": "http"}
    assert expected_fields.items() <= line.items()
    assert line["correlation_id"] == "order-66"


def test_an_exception_is_told_without_its_words_and_variables(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(name: str) -> None:
        raise ValueError(f"DETAIL: Failing row contains ({name})")

    def fail_in_a_group() -> None:
        try:
            fail(PLANTED)
        except ValueError as error:
            raise ExceptionGroup(PLANTED, [error, KeyError(PLANTED)]) from error

    with _logging():
        try:
            fail(PLANTED)
        except ValueError:
            logs.get_logger("a.module").exception("thing.failed")
        try:
            fail_in_a_group()
        except ExceptionGroup:
            logs.get_logger("a.module").exception("things.failed")
    text = capsys.readouterr().err
    assert PLANTED not in text
    assert "ValueError" in text
    assert "KeyError" in text
    assert '"name":"fail"' in text


def test_where_a_connection_failed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with _logging():
        try:
            raise ConnectionRefusedError("127.0.0.1:9092")
        except ConnectionRefusedError:
            logs.get_logger("a.module").exception("broker.away")
    assert "127.0.0.1:9092" in capsys.readouterr().err


def test_libraries_write_in_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    with _logging():
        logging.getLogger("some.library").warning("said %s", "this")
    (line,) = _lines(capsys)
    assert (line["event"], line["logger"], line["level"]) == (
        "said this",
        "some.library",
        "warning",
    )
