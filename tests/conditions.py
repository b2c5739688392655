"""Conditions to wait for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Answer = TypeVar("Answer")


async def eventually(
    probe: Callable[[], Awaitable[Answer | None]], condition: str, seconds: float = 60
) -> Answer:
    """The first truthy answer of `probe`; fails, naming what it waited for, after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        answer = await probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {condition}; last seen: {answer!r}")
        await asyncio.sleep(0.02)
