"""The processes of one service behind the local gateway, and which of them are ready."""

import asyncio
from collections.abc import Sequence

import httpx

CHECK_SECONDS = 3.0
"""A process that has not said so after this long is not ready."""
PAUSE_SECONDS = 0.25
"""Between two questions; much less than a process goes on to answer after it was told to stop."""


class Replicas:
    """Addresses of processes that answer the same; all count as ready until one says otherwise."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = tuple(addresses)
        self._unready_addresses: set[str] = set()
        self._turn = 0

    def list_by_turn(self) -> list[str]:
        """All addresses, the ready ones first; among these each time another one."""
        self._turn += 1
        start = self._turn % len(self._addresses)
        turned_addresses = (*self._addresses[start:], *self._addresses[:start])
        return sorted(turned_addresses, key=lambda address: address in self._unready_addresses)

    async def watch_readiness(self) -> None:
        """Asks each process again and again whether it is ready; of one alone nothing depends."""
        if len(self._addresses) == 1:
            return
        async with httpx.AsyncClient(timeout=CHECK_SECONDS, trust_env=False) as client:
            while True:
                await asyncio.gather(*(self._check(client, address) for address in self._addresses))
                await asyncio.sleep(PAUSE_SECONDS)

    async def _check(self, client: httpx.AsyncClient, address: str) -> None:
        try:
            is_ready = (await client.get(f"{address}/health/ready")).is_success
        except httpx.HTTPError:
            is_ready = False
        if is_ready:
            self._unready_addresses.discard(address)
        else:
            self._unready_addresses.add(address)
