"""Liveness and readiness: whether the process is up, and whether it can do its work."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from alembic.script import ScriptDirectory
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from shared.db import Database
from shared.schemas import Sentences

HealthCheck = Callable[[], Awaitable[None]]
"""Returns when all is well; raises, with words for an operator, when it is not."""

CHECK_TIMEOUT_SECONDS = 3.0


class LivenessAnswer(BaseModel):
    """The process answers."""

    status: Literal["live"] = Field(default="live", description="always the same")


class ReadinessAnswer(BaseModel):
    """Whether the process can do its work."""

    status: Literal["ready", "not ready"] = Field(description="`ready` where every check is `ok`")
    checks: dict[str, Sentences] = Field(
        max_length=20,
        description="`ok` of each check, or what is wrong, in words",
        examples=[{"database": "ok", "migrations": "ok"}],
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


def database_checks(database: Database, service: str) -> dict[str, HealthCheck]:
    """Checks that the database answers, and stands at the migration of this code."""

    async def check_connection() -> None:
        await database.get_migration_revision()

    async def check_migration() -> None:
        database_revision, code_revision = (
            await database.get_migration_revision(),
            _latest_revision(service),
        )
        if database_revision != code_revision:
            raise RuntimeError(
                f"the database is at {database_revision or 'no revision'}, not at {code_revision}"
            )

    return {"database": check_connection, "migrations": check_migration}


@cache
def _latest_revision(service: str) -> str | None:
    root = Path(__file__).parents[2]
    return ScriptDirectory(str(root / "services" / service / "migrations")).get_current_head()


async def _run_check(check: HealthCheck) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            await check()
    except TimeoutError:
        return f"no answer within {CHECK_TIMEOUT_SECONDS:g} s"
    except Exception as error:
        return (
            f"{type(error).__name__}: {error}"
            if isinstance(error, RuntimeError)
            else (type(error).__name__)
        )
    return "ok"
