"""What another machine gives us, such as keys: fetched once for all who need it, and kept."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import httpx

from shared import logs
from shared.errors import TransientFailure

log = logs.get_logger(__name__)

Value = TypeVar("Value")

ANSWER_SECONDS = 5.0
"""The other machine has so long to answer, from the connection to the last byte."""
ANSWER_BYTES = 1_000_000
"""More of an answer is not read."""
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 10.0
"""After failures in a row it is left alone: so long at first, then twice as long each time."""


class FetchedValue(Generic[Value]):
    """A value that one flight at a time fetches, and that is fetched again when it is old.

    Who has a value never waits for a newer one: that is fetched beside the requests, by time and
    not by demand, so that what was withdrawn ends in idle processes too. While the other machine is
    away the last value holds; it is asked after pauses that grow.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Value]],
        max_age_seconds: float,
        pause_limit_seconds: float = LONGEST_PAUSE_SECONDS,
    ) -> None:
        self._fetch = fetch
        self._max_age_seconds = max_age_seconds
        self._pause_limit_seconds = min(pause_limit_seconds, LONGEST_PAUSE_SECONDS)
        self._flight: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._value: Value | None = None
        self._fetched_at = self._failed_at = 0.0
        self._failures = 0
        self._is_silent = False  # somebody has given up to wait for the flight: nobody else waits

    @property
    def value(self) -> Value | None:
        """The last value; None before the first."""
        return self._value

    async def get(self) -> Value:
        """The last value, at once; the first one is waited for. Raises `TransientFailure`."""
        return await self._fetch_once() if self._value is None else self._value

    async def get_younger_than(self, seconds: float) -> Value:
        """A value of at most this age. Raises `TransientFailure`."""
        if self._value is not None and self._now() - self._fetched_at < seconds:
            return self._value
        return await self._fetch_once()

    async def _fetch_once(self) -> Value:
        if self._is_silent or (self._flight is None and self._is_pause()):
            raise TransientFailure("it did not answer just now")
        self._begin_flight()
        assert self._flight is not None
        try:
            await asyncio.shield(self._flight)
        except asyncio.CancelledError:
            self._is_silent = self._flight is not None
            raise
        assert self._value is not None, "fetched just now"
        return self._value

    def _is_pause(self) -> bool:
        return self._failures > 0 and self._now() - self._failed_at < self._pause_seconds()

    def _pause_seconds(self) -> float:
        pause = FIRST_PAUSE_SECONDS * 2.0 ** min(self._failures - 1, 10)
        return min(pause, self._pause_limit_seconds)

    def _begin_flight(self) -> None:
        if self._flight is None:
            self._flight = asyncio.create_task(self._fly())
            self._flight.add_done_callback(self._land)

    async def _fly(self) -> None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                self._value = await self._fetch()
        except TimeoutError as error:
            raise TransientFailure("it did not answer in time") from error

    def _land(self, flight: asyncio.Task[None]) -> None:
        """Notes how the flight ended, and when the next one begins by itself."""
        self._flight, self._is_silent = None, False
        if flight.cancelled():
            return
        if flight.exception() is None:
            self._failures, self._fetched_at = 0, self._now()
            pause = self._max_age_seconds
        else:
            self._failures, self._failed_at = self._failures + 1, self._now()
            pause = self._pause_seconds()
            if self._value is not None:
                log.warning("fetch.value_kept", error=str(flight.exception()))
        if self._timer is not None:
            self._timer.cancel()
        delay = max(pause, FIRST_PAUSE_SECONDS)
        self._timer = flight.get_loop().call_later(delay, self._begin_flight)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


async def fetch_json(
    request: httpx.Request, credentials: httpx.BasicAuth | None = None
) -> tuple[int, Any]:
    """The status and the JSON value of an answer. Raises `TransientFailure` without one.

    Whoever answers slowly, or without end, costs `ANSWER_SECONDS` and `ANSWER_BYTES` and no more.
    """
    try:
        async with httpx.AsyncClient() as client, asyncio.timeout(ANSWER_SECONDS):
            answer = await client.send(request, auth=credentials, stream=True)
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > ANSWER_BYTES:
                    raise ValueError("the answer is too large")
            return answer.status_code, json.loads(body)
    except (httpx.HTTPError, TimeoutError, ValueError, RecursionError) as error:
        raise TransientFailure(f"{request.url.host}: {type(error).__name__}") from error
