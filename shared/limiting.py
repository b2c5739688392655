"""Rate limits by client: what may be asked, and how often it may be in vain.

The counters are the `limits` library's: in the process's memory, or in Redis where several
processes serve one address, by URL. Answers tell by the headers `RateLimit-Policy` and `RateLimit`
(IETF draft-ietf-httpapi-ratelimit-headers) what is left; a refusal says when to come again.
"""

import math
import time

from limits import RateLimitItem, WindowStats
from limits.aio import strategies as aio
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from shared.errors import TooManyRequests


class Limiter:
    """The counters of one service. Those in memory are asked without waiting for anything."""

    def __init__(self, storage_url: str) -> None:
        self._local: SlidingWindowCounterRateLimiter | None = None
        self._remote: aio.SlidingWindowCounterRateLimiter | None = None
        if storage_url.startswith("memory:"):
            self._local = SlidingWindowCounterRateLimiter(storage_from_string(storage_url))
        else:
            awaited = f"async+{storage_url.removeprefix('async+')}"
            storage = storage_from_string(awaited)
            self._remote = aio.SlidingWindowCounterRateLimiter(storage)

    async def spend(
        self, name: str, limit: RateLimitItem, client: str, cost: int = 1
    ) -> dict[str, str]:
        """Counts what the client asks for; the headers of the answer. Raises `TooManyRequests`."""
        if not await self._hit(limit, name, client, cost):
            raise await self._refusal(name, limit, client)
        return await self._headers(name, limit, client)

    async def check(self, name: str, limit: RateLimitItem, client: str) -> None:
        """Refuses a client that has nothing left. Raises `TooManyRequests`."""
        if not await self._test(limit, name, client):
            raise await self._refusal(name, limit, client)

    async def count(self, name: str, limit: RateLimitItem, client: str, cost: int) -> None:
        """Counts what has happened already, also beyond the limit."""
        _, left = await self._window(limit, name, client)
        if left > 0:
            await self._hit(limit, name, client, min(cost, left))

    async def _headers(self, name: str, limit: RateLimitItem, client: str) -> dict[str, str]:
        reset, left = await self._window(limit, name, client)
        seconds = max(0, math.ceil(reset - time.time()))
        return {
            "RateLimit-Policy": f'"{name}";q={limit.amount};w={limit.get_expiry()}',
            "RateLimit": f'"{name}";r={left};t={seconds}',
        }

    async def _refusal(self, name: str, limit: RateLimitItem, client: str) -> TooManyRequests:
        headers = await self._headers(name, limit, client)
        reset, _ = await self._window(limit, name, client)
        seconds = max(1, math.ceil(reset - time.time()))
        return TooManyRequests(
            f"limit.{name}",
            f"You may ask {limit.amount} times in {limit.get_expiry()} seconds. "
            f"Ask again in {seconds} seconds.",
            headers={**headers, "Retry-After": str(seconds)},
        )

    async def _hit(self, limit: RateLimitItem, name: str, client: str, cost: int) -> bool:
        if self._local is not None:
            return self._local.hit(limit, name, client, cost=cost)
        assert self._remote is not None
        return await self._remote.hit(limit, name, client, cost=cost)

    async def _test(self, limit: RateLimitItem, name: str, client: str) -> bool:
        if self._local is not None:
            return self._local.test(limit, name, client)
        assert self._remote is not None
        return await self._remote.test(limit, name, client)

    async def _window(self, limit: RateLimitItem, name: str, client: str) -> WindowStats:
        if self._local is not None:
            return self._local.get_window_stats(limit, name, client)
        assert self._remote is not None
        return await self._remote.get_window_stats(limit, name, client)
