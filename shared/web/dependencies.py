"""Dependencies of routes: the transaction, the time, strict request bodies, entity tags."""

import re
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Header, Query, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.clock import civil_date
from shared.errors import NOTHING_EXISTS, DomainError, ExpectedRevision
from shared.paging import MAX_CURSOR_CHARACTERS, MAX_PAGE_ITEMS
from shared.web.conditional import ANY_TAG, is_tag_list, list_tags
from shared.web.guards import identify_caller
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


MAX_CONDITION_CHARACTERS = 500
"""Of `If-Match`: many more tags than a resource has had."""

_REVISION = re.compile(r"(\d{1,9})(?:\.[\w.-]{1,60})?")


async def _parse_conditions(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="the ETag that you decided on, a list of them, or `*`; "
            "a weak one never matches",
            max_length=MAX_CONDITION_CHARACTERS,
        ),
    ] = None,
    if_none_match: Annotated[
        str | None,
        Header(
            alias="If-None-Match",
            description="`*`: only where there is no such thing yet",
            max_length=MAX_CONDITION_CHARACTERS,
        ),
    ] = None,
) -> ExpectedRevision:
    if if_none_match is not None and if_none_match.strip() == ANY_TAG:
        return NOTHING_EXISTS
    if if_match is None or if_match.strip() == ANY_TAG:
        return None
    if not is_tag_list(if_match):
        raise DomainError(
            "request.if_match",
            'If-Match must be an ETag that this service gave out, such as "3".',
            field="#header/If-Match",
        )
    matches = (_REVISION.fullmatch(tag) for is_weak, tag in list_tags(if_match) if not is_weak)
    return frozenset(int(match[1]) for match in matches if match)


ExpectedVersion = Annotated[ExpectedRevision, Depends(_parse_conditions)]
"""The revisions that the client decided on, from `If-Match`; None when it does not say."""


async def _scope_idempotency_key(
    request: Request,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=8,
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            description="yours, unique per intended creation; repeat it when you retry",
        ),
    ] = None,
) -> str | None:
    """The key as nobody else's: two callers may choose the same one."""
    if key is None:
        return None
    caller = await identify_caller(request)
    return f"{caller.subject if caller else ''} {key}"


IdempotencyKey = Annotated[str | None, Depends(_scope_idempotency_key)]
"""The caller's own key of one intended creation; None when they may not repeat it safely."""


PageLimit = Annotated[
    int, Query(ge=1, le=MAX_PAGE_ITEMS, description="items on a page, at most", examples=[50])
]
PageCursor = Annotated[
    str | None,
    Query(max_length=MAX_CURSOR_CHARACTERS, description="`next` of the page before; opaque"),
]
