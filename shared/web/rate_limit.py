"""Rate limits by client: what may be asked, and how often it may be in vain.

The counters are the `limits` library's: in the process's memory, or in Redis where several
processes serve one address, by URL. Answers tell by the headers `RateLimit-Policy` and `RateLimit`
(IETF draft-ietf-httpapi-ratelimit-headers) what is left; a refusal says when to come again.
"""

import math
import time
from collections.abc import Awaitable
from typing import TypeVar

from limits import RateLimitItem, WindowStats
from limits.aio import strategies as aio
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from shared.errors import TooManyRequests

Answer = TypeVar("Answer")


class Limiter:
    """The counters of one service. Those in memory are asked without waiting for anything."""

    def __init__(self, storage_url: str) -> None:
        self._windows: SlidingWindowCounterRateLimiter | aio.SlidingWindowCounterRateLimiter
        if storage_url.startswith("memory:"):
            self._windows = SlidingWindowCounterRateLimiter(storage_from_string(storage_url))
        else:
            awaited = f"async+{storage_url.removeprefix('async+')}"
            self._windows = aio.SlidingWindowCounterRateLimiter(storage_from_string(awaited))

    async def spend(
        self, name: str, limit: RateLimitItem, client: str, cost: int = 1
    ) -> dict[str, str]:
        """Counts what the client asks for; the headers of the answer. Raises `TooManyRequests`."""
        if not await _settled(self._windows.hit(limit, name, client, cost=cost)):
            raise await self._refusal(name, limit, client)
        return _headers(name, limit, await self._window(name, limit, client))

    async def check(self, name: str, limit: RateLimitItem, client: str) -> None:
        """Refuses a client that has nothing left. Raises `TooManyRequests`."""
        if not await _settled(self._windows.test(limit, name, client)):
            raise await self._refusal(name, limit, client)

    async def count(self, name: str, limit: RateLimitItem, client: str, cost: int) -> None:
        """Counts what has happened already, also beyond the limit."""
        left = (await self._window(name, limit, client)).remaining
        if left > 0:
            await _settled(self._windows.hit(limit, name, client, cost=min(cost, left)))

    async def _window(self, name: str, limit: RateLimitItem, client: str) -> WindowStats:
        return await _settled(self._windows.get_window_stats(limit, name, client))

    async def _refusal(self, name: str, limit: RateLimitItem, client: str) -> TooManyRequests:
        window = await self._window(name, limit, client)
        seconds = max(1, _seconds(window))
        return TooManyRequests(
            f"limit.{name}",
            f"You may ask {limit.amount} times in {limit.get_expiry()} seconds. "
            f"Ask again in {seconds} seconds.",
            headers={**_headers(name, limit, window), "Retry-After": str(seconds)},
        )


async def _settled(answer: Answer | Awaitable[Answer]) -> Answer:
    """What a storage says, at once or later."""
    return await answer if isinstance(answer, Awaitable) else answer


def _headers(name: str, limit: RateLimitItem, window: WindowStats) -> dict[str, str]:
    return {
        "RateLimit-Policy": f'"{name}";q={limit.amount};w={limit.get_expiry()}',
        "RateLimit": f'"{name}";r={window.remaining};t={max(0, _seconds(window))}',
    }


def _seconds(window: WindowStats) -> int:
    """Until the window begins anew."""
    return math.ceil(window.reset_time - time.time())
