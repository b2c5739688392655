"""A reader of the registry's feed, by its documentation: it shares no code with the service."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import httpx


class Broken(Exception):
    """The page does not follow from what the copy holds."""


@dataclass
class Copy:
    """The registry's copy: what it holds survives the reader's death."""

    position: int = 0
    chain: bytes = bytes(32)
    records: dict[str, str] = field(default_factory=dict)

    async def read(self, client: httpx.AsyncClient, limit: int = 1000) -> int:
        """Takes one page over; how many entries it had."""
        params = {"after": str(self.position), "limit": str(limit)}
        answer = await client.get("/v1/registry/feed", params=params)
        assert answer.status_code == 200, answer.text
        return self.take(answer.json())

    def take(self, page: dict[str, Any]) -> int:
        """Takes a page over whole, or refuses it whole."""
        if page["before_chain"] != self.chain.hex():
            raise Broken("it does not follow the page before")
        chain, position = self.chain, self.position
        for entry in page["entries"]:
            position += 1
            if entry["position"] != position:
                raise Broken(f"{entry['position']} where {position} must stand")
            digest = bytes.fromhex(entry["digest"])
            if entry["content"] is not None:
                _check(entry, digest)
            chain = hashlib.sha256(chain + position.to_bytes(8, "big") + digest).digest()
            if entry["chain"] != chain.hex():
                raise Broken("the chain is another")
        if page["after_chain"] != chain.hex():
            raise Broken("it ends elsewhere")
        for entry in page["entries"]:
            if entry["content"] is not None:
                self.records[entry["subject_id"]] = entry["content"]
        self.position, self.chain = position, chain
        return len(page["entries"])

    async def read_all(self, client: httpx.AsyncClient, limit: int = 1000) -> None:
        """Reads until nothing follows."""
        while await self.read(client, limit):
            pass


def _check(entry: dict[str, Any], digest: bytes) -> None:
    if hashlib.sha256(entry["content"].encode()).digest() != digest:
        raise Broken("the content is not what its digest says")
    told = json.loads(entry["content"])
    outside = (entry["subject_id"], entry["subject"], entry["event"])
    if outside != (told["id"], told["subject"], told["event"]):
        raise Broken("what stands outside is not what stands inside")
