"""The national registry's part in the story: a copy of the feed that notices every alteration.

An example for those who build a reader: the rules are those of docs/registry.md.
"""

import hashlib
import json
from dataclasses import dataclass, field

from deploy.local.calls import Json, Services, StoryFailed, ask, wait_for


class Broken(StoryFailed):
    """The page does not follow from what the copy holds."""


@dataclass
class Copy:
    """What the registry holds. Keep all of it in one transaction."""

    position: int = 0
    chain: bytes = bytes(32)
    records: dict[str, str] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    """The latest entry about each record."""

    def take(self, page: Json) -> int:
        """Takes a page over, or refuses it, whole; how many entries it had. Raises `Broken`."""
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
            self.positions[entry["subject_id"]] = entry["position"]
            if entry["content"] is not None:
                self.records[entry["subject_id"]] = entry["content"]
        self.position, self.chain = position, chain
        return len(page["entries"])


def _check(entry: Json, digest: bytes) -> None:
    """What stands in an entry is what its digest and its outside say."""
    if hashlib.sha256(entry["content"].encode()).digest() != digest:
        raise Broken("the content is not what its digest says")
    told = json.loads(entry["content"])
    outside = (entry["subject_id"], entry["subject"], entry["event"])
    if outside != (told["id"], told["subject"], told["event"]):
        raise Broken("what stands outside is not what stands inside")


def read_until(services: Services, certificate_id: str) -> Copy:
    """A copy of the whole feed, once the certificate is in it."""
    copy = Copy()

    def probe() -> Copy | None:
        after = {"after": str(copy.position)}
        while copy.take(ask(services.certificates, "GET", "/v1/registry/feed", params=after)):
            after = {"after": str(copy.position)}
        return copy if certificate_id in copy.records else None

    return wait_for(probe, "the certificate to be in the registry's feed")


def acknowledge(services: Services, copy: Copy, certificate: Json, entered_on: str) -> Json:
    """The registry enters a certificate; its application, once it has heard of that."""
    position = copy.positions[certificate["id"]]
    receipt = {
        "position": position,
        "outcome": "entered",
        "record_number": f"Р-{position}",
        "entered_on": entered_on,
    }
    ask(services.certificates, "POST", "/v1/registry/receipts", json=[receipt])

    def probe() -> Json | None:
        path = f"/v1/applications/{certificate['application_id']}"
        application = ask(services.applications, "GET", path)
        delivery = application["delivery"] or {}
        return application if delivery.get("registry_record") else None

    return wait_for(probe, "intake to hear of the registry's entry")
