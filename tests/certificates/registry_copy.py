"""The local stack's reader of the registry's feed: it shares no code with the service."""

from dataclasses import dataclass

import httpx

from deploy.local import registry
from deploy.local.registry import FeedMismatch

__all__ = ["Copy", "FeedMismatch"]


@dataclass
class Copy(registry.FeedCopy):
    """The registry's copy: what it holds survives the reader's death."""

    async def read(self, client: httpx.AsyncClient, limit: int = 1000) -> int:
        """Takes one page over; how many entries it had."""
        params = {"after": str(self.position), "limit": str(limit)}
        answer = await client.get("/v1/registry/feed", params=params)
        assert answer.status_code == 200, answer.text
        return self.apply_page(answer.json())

    async def read_all(self, client: httpx.AsyncClient, limit: int = 1000) -> None:
        """Reads until nothing follows."""
        while await self.read(client, limit):
            pass
