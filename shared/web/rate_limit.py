"""Rate limits by client.

The counters are the `limits` library's: in the process's memory, or in Redis where several
processes serve one address, by URL. Answers carry the headers `RateLimit-Policy` and `RateLimit`
(IETF draft-ietf-httpapi-ratelimit-headers); a refusal says when to try again.
"""

import math
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from limits import RateLimitItem, WindowStats
from limits.aio import strategies as aio
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from shared.errors import TooManyRequests

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a limit for a client, and the seconds until more is."""

    remaining: int
    seconds_until_more: int


class RateLimiter:
    """The rate-limit counters of one service. Counters in memory never block."""

    def __init__(self, storage_url: str) -> None:
        self._strategy: SlidingWindowCounterRateLimiter | aio.SlidingWindowCounterRateLimiter
        if storage_url.startswith("memory:"):
            self._strategy = SlidingWindowCounterRateLimiter(storage_from_string(storage_url))
        else:
            async_url = f"async+{storage_url.removeprefix('async+')}"
            self._strategy = aio.SlidingWindowCounterRateLimiter(storage_from_string(async_url))

    async def consume_quota(
        self, name: str, limit: RateLimitItem, client: str, cost: int = 1
    ) -> dict[str, str]:
        """Counts `cost` against the limit; returns the rate-limit headers of the answer.

        Raises `TooManyRequests` when the client's quota does not suffice.
        """
        if not await _await_result(self._strategy.hit(limit, name, client, cost=cost)):
            raise await self._too_many_requests(name, limit, client)
        return _rate_limit_headers(name, limit, await self._window_stats(name, limit, client))

    async def check_quota(self, name: str, limit: RateLimitItem, client: str) -> None:
        """Refuses a client without remaining quota. Raises `TooManyRequests`."""
        if not await _await_result(self._strategy.test(limit, name, client)):
            raise await self._too_many_requests(name, limit, client)

    async def consume_remaining_quota(
        self, name: str, limit: RateLimitItem, client: str, cost: int
    ) -> None:
        """Counts `cost` after the fact, at most up to the limit; never refuses."""
        remaining = (await self._window_stats(name, limit, client)).remaining
        if remaining > 0:
            await _await_result(self._strategy.hit(limit, name, client, cost=min(cost, remaining)))

    async def consume_remaining_quota_once(
        self, name: str, limit: RateLimitItem, client: str, subject: str
    ) -> None:
        """Counts 1 after the fact, unless the client's `subject` was counted within the window."""
        first_time = type(limit)(1, limit.multiples, limit.namespace)
        if await _await_result(self._strategy.hit(first_time, name, client, subject)):
            await self.consume_remaining_quota(name, limit, client, 1)

    async def get_quota(self, name: str, limit: RateLimitItem, client: str) -> Quota:
        """What the client has left of the limit; nothing is counted."""
        window = await self._window_stats(name, limit, client)
        return Quota(window.remaining, max(0, _seconds_until_reset(window)))

    async def _window_stats(self, name: str, limit: RateLimitItem, client: str) -> WindowStats:
        return await _await_result(self._strategy.get_window_stats(limit, name, client))

    async def _too_many_requests(
        self, name: str, limit: RateLimitItem, client: str
    ) -> TooManyRequests:
        window = await self._window_stats(name, limit, client)
        seconds = max(1, _seconds_until_reset(window))
        return TooManyRequests(
            f"limit.{name}",
            f"You may ask {limit.amount} times in {limit.get_expiry()} seconds. "
            f"Ask again in {seconds} seconds.",
            headers={**_rate_limit_headers(name, limit, window), "Retry-After": str(seconds)},
            values={"number": math.ceil(seconds / 60)},
        )


async def _await_result(result: ResultT | Awaitable[ResultT]) -> ResultT:
    """The result of a storage, whether it is immediate or awaitable."""
    return await result if isinstance(result, Awaitable) else result


def _rate_limit_headers(name: str, limit: RateLimitItem, window: WindowStats) -> dict[str, str]:
    return {
        "RateLimit-Policy": f'"{name}";q={limit.amount};w={limit.get_expiry()}',
        "RateLimit": f'"{name}";r={window.remaining};t={max(0, _seconds_until_reset(window))}',
    }


def _seconds_until_reset(window: WindowStats) -> int:
    """Seconds until the window is reset, rounded up."""
    return math.ceil(window.reset_time - time.time())
