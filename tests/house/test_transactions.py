"""Who opens a transaction: routes, pages and processes do; what they call works in theirs."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.source import SourceFile, room_files

OPENING_CALLS = {
    "transaction",
    "read_only_transaction",
    "run_in_batches",
    "open_connection",
    "commit",
}
ALLOWED_FUNCTIONS = {
    # A guard commits the record of a disclosure before anything is shown.
    "services/certificates/access/operations.py:record_disclosure",
    # It copies into a temporary table, on a connection of its own.
    "services/certificates/registry/reconcile.py:compare_copy",
    # Work that a process repeats: a transaction a batch, or a day.
    "services/certificates/registry/feed.py:sequence_entries",
    "services/certificates/registry/manifest.py:seal_days",
    "services/certificates/verification/jobs.py:answer_next_rows",
    "services/certificates/rosters/digests.py:seal_rosters",
    # Enrolments are committed before the status is read.
    "services/certificates/rosters/jobs.py:handle_next_rows",
    # Commits are listened to on a connection of their own.
    "services/certificates/rosters/waiting.py:listen",
    "services/certificates/webhooks/notices.py:_send_notice",
    "services/certificates/webhooks/notices.py:send_due_notices",
    "services/certificates/webhooks/sending.py:_end_message",
    "services/certificates/webhooks/sending.py:_make_check",
    "services/certificates/webhooks/sending.py:_prepare_events",
    "services/certificates/webhooks/sending.py:_count_backlog",
    "services/certificates/webhooks/sending.py:begin_turns",
    "services/applications/digests/sending.py:_send_digest",
    "services/applications/digests/sending.py:send_due_digests",
    "services/applications/letters/sending.py:_claim_next",
    "services/applications/letters/sending.py:_decide_waiting",
    "services/applications/letters/sending.py:_send_letter",
    "services/applications/letters/sending.py:_try_letter",
}
"""Each with its reason. A name that is needed no longer must go from here."""


def _opening_functions(tree: ast.AST, function: str = "") -> Iterator[str]:
    """The functions of a module, by name, in which a transaction is opened."""
    for node in ast.iter_child_nodes(tree):
        name = function
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            name = function or node.name
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in OPENING_CALLS
            and ast.unparse(node.func.value) != "asyncio"
        ):
            yield function
        yield from _opening_functions(node, name)


def _knows_the_web(file: SourceFile) -> bool:
    return any(
        name.split(".")[0] in {"fastapi", "starlette"} or name.startswith("shared.web")
        for name in file.imported_modules
    )


OWN_FILES = [file for file in room_files() if not _knows_the_web(file)]
"""Operations, queries, models, rules and the like: all but what answers requests."""


@pytest.mark.parametrize("file", OWN_FILES, ids=lambda file: str(file.path))
def test_only_the_web_half_of_a_room_opens_transactions(file: SourceFile) -> None:
    functions = {f"{file.path}:{name}" for name in _opening_functions(file.tree)}
    allowed_functions = {name for name in ALLOWED_FUNCTIONS if name.startswith(f"{file.path}:")}
    assert functions == allowed_functions, "take the session of the caller's transaction"


def test_the_exceptions_name_files_that_exist() -> None:
    paths = {str(file.path) for file in room_files()}
    assert {name.split(":")[0] for name in ALLOWED_FUNCTIONS} <= paths
