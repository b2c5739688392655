"""Parts of a page that fail alone, and pages that are sent again only when they have changed."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import logs
from shared.db import Database
from shared.metrics.database import limit_time
from shared.principal import Principal, Scope
from shared.web.conditional import matches_etag
from shared.web.guards import AllowPage

PANEL_SECONDS = 3.0
"""A panel that takes longer is shown as one without an answer."""
_CLOCK_WORDS = re.compile(r"<span data-as-of=.*?</span>|<p class=\"printed\">.*?</p>", re.DOTALL)

PanelT = TypeVar("PanelT")
OPERATIONS_GUARD = AllowPage(Scope.OPERATE)
"""Pages for operations alone."""
Operator = Annotated[Principal, Depends(OPERATIONS_GUARD)]
"""Somebody of operations, signed in."""

log = logs.get_logger(__name__)


async def read_panel(
    database: Database, read: Callable[[AsyncSession], Awaitable[PanelT]]
) -> PanelT | None:
    """What `read` finds, in a transaction of its own; None where it fails or takes too long."""
    try:
        async with asyncio.timeout(PANEL_SECONDS), database.read_only_transaction() as session:
            await limit_time(session, PANEL_SECONDS)
            return await read(session)
    except Exception as error:  # whatever it is, the other panels are shown
        log.warning("panel.failed", error=type(error).__name__)
        return None


def answer_if_changed(request: Request, page: HTMLResponse) -> Response:
    """The page, or a 304 where the browser has it: but for the time at which it was made."""
    text = bytes(page.body).decode()
    tag = f'"{hashlib.sha256(_CLOCK_WORDS.sub("", text).encode()).hexdigest()[:32]}"'
    page.headers["ETag"] = f"W/{tag}"
    if matches_etag(tag, request.headers.get("If-None-Match", "")):
        names = ("ETag", "Cache-Control", "Vary")
        return Response(status_code=304, headers={name: page.headers[name] for name in names})
    return page
