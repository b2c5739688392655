"""Requests that the database has undone because others got in their way are run again.

Of two transactions that wait for each other the database undoes one; of many that wait for one row
those that hold the last connections give them back, and line up again. Nothing of such a request
stands, so it is run from its beginning, with the body that it came with, until its time is up.
What has committed something, has begun to answer, or sent more than is kept, is never run again.
"""

import asyncio
import random
from dataclasses import dataclass, field

from prometheus_client import Counter

from shared import logs
from shared.commits import CommitState, allow_repetition, note_commit
from shared.database_errors import LOCK_TIMEOUT_STATE, read_sqlstate, unwrap_database_error
from shared.metrics.registry import PROCESS_REGISTRY
from shared.web.asgi import ASGI, Message, Receive, Send

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 0.4
_SCOPE_KEY = "attesta.attempt"

REPEATED_REQUESTS = Counter(
    "attesta_requests_repeated",
    "Requests that the database undid because others were in the way, and that were run again",
    ["reason"],
    registry=PROCESS_REGISTRY,
)
REASONS = {"40P01": "deadlock", "40001": "serialization", LOCK_TIMEOUT_STATE: "lock"}
"""By SQLSTATE; what is left are plans that a migration has made stale."""
for _reason in (*REASONS.values(), "plan"):
    REPEATED_REQUESTS.labels(_reason)

log = logs.get_logger(__name__)


@dataclass(slots=True)
class _KeptBody:
    """The parts of a body as they came; `size_left` is below 0 once there were too many."""

    receive: Receive
    size_left: int
    parts: list[Message] = field(default_factory=list)

    def read_from_beginning(self) -> Receive:
        """Gives the parts that are kept, then those that are still to come."""
        kept_parts = iter(list(self.parts))

        async def receive_part() -> Message:
            part = next(kept_parts, None)
            return part if part is not None else await self._keep_next()

        return receive_part

    async def _keep_next(self) -> Message:
        part = await self.receive()
        if part["type"] == "http.request" and self.size_left >= 0:
            self.size_left -= len(part.get("body", b""))
            self.parts.append(part)
            if self.size_left < 0:
                self.parts.clear()
                allow_repetition(False)
        return part


@dataclass(slots=True)
class _Attempt:
    """One run of a request; what an attempt that is undone answers is kept from the client."""

    body: _KeptBody
    deadline: float
    send: Send
    has_answered: bool = False
    is_undone: bool = False

    async def send_unless_undone(self, message: Message) -> None:
        if not self.is_undone:
            self.has_answered = True
            await self.send(message)

    def undo(self) -> bool:
        """Marks the attempt as undone, if the request can be run again in its time."""
        is_in_time = asyncio.get_running_loop().time() < self.deadline
        self.is_undone = is_in_time and self.body.size_left >= 0 and not self.has_answered
        return self.is_undone


class Repetitions:
    """Runs a request again, for `limit_seconds` from its beginning and while others are in its way.

    Of its body at most `kept_bytes` are kept.
    """

    def __init__(self, app: ASGI, limit_seconds: float, kept_bytes: int) -> None:
        self._app = app
        self._limit_seconds = limit_seconds
        self._kept_bytes = kept_bytes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handles one HTTP request; other ASGI scopes pass through."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        allow_repetition(True)
        body = _KeptBody(receive, self._kept_bytes)
        deadline = asyncio.get_running_loop().time() + self._limit_seconds
        first_scope = {**scope, "state": dict(scope.get("state", {}))}
        pause = FIRST_PAUSE_SECONDS
        while True:
            attempt = _Attempt(body, deadline, send)
            scope[_SCOPE_KEY] = attempt
            await self._app(scope, body.read_from_beginning(), attempt.send_unless_undone)
            if not attempt.is_undone:
                return None
            note_commit(CommitState.ABSENT)
            await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - two must not meet again
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            scope.clear()
            scope.update({**first_scope, "state": dict(first_scope["state"])})


def run_again(scope: Message, error: Exception) -> bool:
    """Whether the request, of which nothing stands, is run again instead of being answered."""
    attempt: _Attempt | None = scope.get(_SCOPE_KEY)
    if attempt is None or not attempt.undo():
        return False
    REPEATED_REQUESTS.labels(REASONS.get(read_sqlstate(error), "plan")).inc()
    log.info("request.repeated", error=type(unwrap_database_error(error)).__name__)
    return True
