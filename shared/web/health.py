"""Liveness and readiness: is the process up, and can it do its work."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory
from fastapi import APIRouter
from fastapi.responses import JSONResponse

from shared.db import Database

Check = Callable[[], Awaitable[None]]
"""Returns when all is well; raises, with words for an operator, when it is not."""

CHECK_SECONDS = 3.0


def routes(checks: Mapping[str, Check]) -> APIRouter:
    """`/health/live` and `/health/ready`; readiness runs all checks at once, within a limit."""
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live", summary="The process answers")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get("/ready", summary="The process can do its work", responses={503: {}})
    async def ready() -> JSONResponse:
        outcomes = await asyncio.gather(*(_outcome(check) for check in checks.values()))
        well = all(outcome == "ok" for outcome in outcomes)
        body = {
            "status": "ready" if well else "not ready",
            "checks": dict(zip(checks, outcomes, strict=True)),
        }
        return JSONResponse(body, status_code=200 if well else 503)

    return router


def database_checks(database: Database, service: str) -> dict[str, Check]:
    """The database answers, and stands at the migration that this code was written for."""

    async def answers() -> None:
        await database.migration()

    async def migrated() -> None:
        stands, wanted = await database.migration(), _head(service)
        if stands != wanted:
            raise RuntimeError(f"the database is at {stands or 'no revision'}, not at {wanted}")

    return {"database": answers, "migrations": migrated}


@cache
def _head(service: str) -> str | None:
    root = Path(__file__).parent.parent
    return ScriptDirectory(str(root / "services" / service / "migrations")).get_current_head()


async def _outcome(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:g} s"
    except Exception as error:
        return (
            f"{type(error).__name__}: {error}"
            if isinstance(error, RuntimeError)
            else (type(error).__name__)
        )
    return "ok"
