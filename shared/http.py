"""What routes need: the transaction, the time, strict request bodies, versions of resources."""

import re
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel, ConfigDict, field_validator
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.clock import civil_date
from shared.errors import DomainError


async def _transaction(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.database.transaction() as session:
        yield session


async def _reading(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.database.reading() as session:
        yield session


async def _now(request: Request) -> datetime:
    now: datetime = request.app.state.clock.now()
    return now


# With scope="function" the commit comes before the response: a commit that fails is never answered
# with success. FastAPI's default scope would commit after the client has its answer.
Transaction = Annotated[AsyncSession, Depends(_transaction, scope="function")]
"""A session whose changes are committed before the response is sent, or not at all."""

Reading = Annotated[AsyncSession, Depends(_reading, scope="function")]
"""A session that cannot write."""

Now = Annotated[datetime, Depends(_now)]
"""The instant of the request, from the injected clock, in UTC."""


async def _today(request: Request) -> date:
    app = request.app.state
    return civil_date(app.clock.now(), app.settings.time_zone)


Today = Annotated[date, Depends(_today)]
"""The day of the request in the civil zone of the settings."""


class RequestBody(BaseModel):
    """The base of request bodies: unknown members are refused, text is trimmed and free of U+0000.

    PostgreSQL cannot store U+0000, so it is refused here, where the field can be named.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _without_nul(cls, value: Any) -> Any:
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and "\x00" in text for text in texts):
            raise ValueError("must not contain the character U+0000")
        return value


def etag(version: int, *marks: object) -> str:
    """The entity tag of a resource's version.

    `marks` are what else the representation depends on, such as a state that changes with the day.
    """
    return f'"{".".join(map(str, (version, *marks)))}"'


def is_held(tag: str, if_none_match: str) -> bool:
    """Whether the client says that it has the representation with this tag."""
    return tag in {part.strip().removeprefix("W/") for part in if_none_match.split(",")}


def conditional(request: Request, response: Response, tag: str) -> Response | None:
    """Marks the response with the tag; the answer 304 when the client has that one already.

    Caches may keep the answer and must ask whether it still holds.
    """
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if is_held(tag, request.headers.get("If-None-Match", "")):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return None


async def _expected_version(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description="the ETag that you decided on", max_length=40),
    ] = None,
) -> int | None:
    if if_match is None or if_match == "*":
        return None
    found = re.fullmatch(r'"(\d{1,9})(?:\.[\w.-]{1,30})?"', if_match)
    if found is None:
        raise DomainError(
            "request.if_match",
            'If-Match must be an ETag that this service gave out, such as "3".',
            field="#header/If-Match",
        )
    return int(found[1])


ExpectedVersion = Annotated[int | None, Depends(_expected_version)]
"""The version that the client saw, from `If-Match`; None when it does not say."""
