"""Dependencies of routes: the transaction, the time, strict request bodies, entity tags."""

import re
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Header, Query, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.clock import civil_date
from shared.errors import DomainError
from shared.web.resources import get_resources


async def _open_transaction(request: Request) -> AsyncIterator[AsyncSession]:
    async with get_resources(request).database.transaction() as session:
        yield session


async def _open_read_only_transaction(request: Request) -> AsyncIterator[AsyncSession]:
    async with get_resources(request).database.read_only_transaction() as session:
        yield session


async def _request_instant(request: Request) -> datetime:
    return get_resources(request).clock.now()


# With scope="function" the commit comes before the response: a commit that fails is never answered
# with success. FastAPI's default scope would commit after the client has its answer.
Transaction = Annotated[AsyncSession, Depends(_open_transaction, scope="function")]
"""A session whose changes are committed before the response is sent, or not at all."""

ReadOnlyTransaction = Annotated[
    AsyncSession, Depends(_open_read_only_transaction, scope="function")
]
"""A session that cannot write."""

Now = Annotated[datetime, Depends(_request_instant)]
"""The instant of the request, from the injected clock, in UTC."""


async def _request_day(request: Request) -> date:
    resources = get_resources(request)
    return civil_date(resources.clock.now(), resources.settings.time_zone)


Today = Annotated[date, Depends(_request_day)]
"""The day of the request in the civil zone of the settings."""


async def _parse_if_match(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description="the ETag that you decided on", max_length=40),
    ] = None,
) -> int | None:
    if if_match is None or if_match == "*":
        return None
    match = re.fullmatch(r'"(\d{1,9})(?:\.[\w.-]{1,30})?"', if_match)
    if match is None:
        raise DomainError(
            "request.if_match",
            'If-Match must be an ETag that this service gave out, such as "3".',
            field="#header/If-Match",
        )
    return int(match[1])


ExpectedVersion = Annotated[int | None, Depends(_parse_if_match)]
"""The version that the client saw, from `If-Match`; None when it does not say."""


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="yours, unique per intended creation; repeat it when you retry",
    ),
]


PageLimit = Annotated[int, Query(ge=1, le=200, description="items on a page")]
PageCursor = Annotated[
    str | None, Query(max_length=500, description="`next` of the page before; opaque")
]
