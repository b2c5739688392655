"""Liveness and readiness: whether the process is up, and whether it can do its work."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from alembic.script import ScriptDirectory
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from shared.db import Connection, Database
from shared.schema_floor import READ_SCHEMA, works_with
from shared.schemas import Sentences

HealthCheck = Callable[[], Awaitable[None]]
"""Returns when all is well; raises, with words for an operator, when it is not."""

CHECK_TIMEOUT_SECONDS = 3.0

_IS_READ_ONLY = "SELECT current_setting('transaction_read_only') = 'on'"
_IS_MIGRATED = "SELECT to_regclass('alembic_version') IS NOT NULL"


class LivenessAnswer(BaseModel):
    """The process answers."""

    status: Literal["live"] = Field(default="live", description="always the same")


class ReadinessAnswer(BaseModel):
    """Whether the process can do its work."""

    status: Literal["ready", "not ready"] = Field(description="`ready` where every check is `ok`")
    checks: dict[str, Sentences] = Field(
        max_length=20,
        description="`ok` of each check, or what is wrong, in words",
        examples=[{"process": "ok", "database": "ok", "migrations": "ok"}],
    )


def build_health_routes(checks: Mapping[str, HealthCheck]) -> APIRouter:
    """The router of `/health/live` and `/health/ready`.

    Readiness runs all checks at once, each within `CHECK_TIMEOUT_SECONDS`; 503 when one fails.
    """
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live", summary="The process answers")
    async def get_liveness() -> LivenessAnswer:
        """For whoever restarts a process that hangs: nothing else is asked."""
        return LivenessAnswer()

    @router.get(
        "/ready",
        summary="The process can do its work",
        response_model=ReadinessAnswer,
        responses={503: {"model": ReadinessAnswer, "description": "It cannot, and says why."}},
    )
    async def get_readiness() -> JSONResponse:
        """For whoever sends requests to it: every check is made, all at once."""
        outcomes = await asyncio.gather(*(_run_check(check) for check in checks.values()))
        all_ok = all(outcome == "ok" for outcome in outcomes)
        body = {
            "status": "ready" if all_ok else "not ready",
            "checks": dict(zip(checks, outcomes, strict=True)),
        }
        return JSONResponse(body, status_code=200 if all_ok else 503)

    return router


@dataclass(frozen=True, slots=True)
class _DatabaseState:
    """What a database says of itself: of the migrations the revision and its floor, or None."""

    is_read_only: bool
    revision: str | None
    floor: str | None


class DatabaseProbe:
    """Asks whether a service's database answers, takes writes, and has a schema for this code.

    On a connection of its own, kept from one question to the next: all connections of the pool can
    be taken while the database is well. However many ask, there is one question at a time.
    """

    def __init__(self, database: Database, service: str) -> None:
        self._database, self._service = database, service
        self._connection: Connection | None = None
        self._answer: asyncio.Task[_DatabaseState] | None = None

    @property
    def checks(self) -> dict[str, HealthCheck]:
        """The checks by which a process is ready."""
        return {"database": self._check_state, "migrations": self._check_migration}

    def close(self) -> None:
        """Ends the connection, whatever it is doing."""
        if self._answer is not None:
            self._answer.cancel()
        self._leave_connection()

    async def _check_state(self) -> None:
        if (await self._read_state()).is_read_only:
            raise RuntimeError("the database takes no writes")

    async def _check_migration(self) -> None:
        state, revisions = await self._read_state(), _read_revisions(self._service)
        if state.revision == revisions.latest:
            return
        if state.revision is None or not works_with(revisions.all_ids, state.revision, state.floor):
            raise RuntimeError(
                f"the database is at {state.revision or 'no revision'}, not at {revisions.latest}"
            )

    async def _read_state(self) -> _DatabaseState:
        if self._answer is None or self._answer.done():
            self._answer = asyncio.ensure_future(self._ask())
            self._answer.add_done_callback(_take_failure)
        return await asyncio.shield(self._answer)

    async def _ask(self) -> _DatabaseState:
        """Asks the database; a connection that fails, or leads to a standby, is left."""
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
                if self._connection is None or self._connection.is_closed():
                    self._connection = await self._database.open_connection(CHECK_TIMEOUT_SECONDS)
                is_read_only = await self._connection.fetchval(_IS_READ_ONLY)
                is_migrated = await self._connection.fetchval(_IS_MIGRATED)
                schema = await self._connection.fetchrow(READ_SCHEMA) if is_migrated else None
        except BaseException:
            self._leave_connection()
            raise
        if is_read_only:
            self._leave_connection()
        revision, floor = schema or (None, None)
        return _DatabaseState(is_read_only, revision, floor)

    def _leave_connection(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


def _take_failure(answer: "asyncio.Future[_DatabaseState]") -> None:
    """Takes the failure of a question for whose answer nobody waits any more."""
    if not answer.cancelled():
        answer.exception()


@dataclass(frozen=True, slots=True)
class _CodeRevisions:
    """The migrations of this code: the one that it needs, and the ids of all."""

    latest: str | None
    all_ids: frozenset[str]


@cache
def _read_revisions(service: str) -> _CodeRevisions:
    root = Path(__file__).parents[2]
    scripts = ScriptDirectory(str(root / "services" / service / "migrations"))
    known_revisions = frozenset(script.revision for script in scripts.walk_revisions())
    return _CodeRevisions(scripts.get_current_head(), known_revisions)


async def _run_check(check: HealthCheck) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            await check()
    except TimeoutError:
        return f"no answer within {CHECK_TIMEOUT_SECONDS:g} s"
    except Exception as error:
        kind, words = type(error).__name__, str(error) if isinstance(error, RuntimeError) else ""
        return words if words.startswith(kind) else f"{kind}: {words}" if words else kind
    return "ok"
