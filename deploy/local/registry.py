"""The national registry's part in the story: a copy of the feed that notices every alteration.

An example for those who build a reader: the rules are those of docs/registry.md.
"""

import hashlib
from dataclasses import dataclass, field

from deploy.local.calls import Json, Services, StoryFailed, ask, wait_for


@dataclass
class Copy:
    """What the registry holds. Keep all of it in one transaction."""

    position: int = 0
    chain: bytes = bytes(32)
    records: dict[str, str] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    """The latest entry about each record."""

    def take(self, page: Json) -> int:
        """Takes a page over, or refuses it; how many entries it had. Raises `StoryFailed`."""
        chain, position = self.chain, self.position
        intact = page["before_chain"] == chain.hex()
        for entry in page["entries"]:
            position += 1
            digest = bytes.fromhex(entry["digest"])
            content = entry["content"]
            chain = hashlib.sha256(chain + position.to_bytes(8, "big") + digest).digest()
            intact = intact and entry["position"] == position and entry["chain"] == chain.hex()
            if content is not None:
                intact = intact and hashlib.sha256(content.encode()).digest() == digest
        if not intact or page["after_chain"] != chain.hex():
            raise StoryFailed(f"the feed's page after {self.position} is not what was written")
        held = {each["subject_id"]: each["content"] for each in page["entries"]}
        self.records.update({name: text for name, text in held.items() if text is not None})
        self.positions.update({each["subject_id"]: each["position"] for each in page["entries"]})
        self.position, self.chain = position, chain
        return len(page["entries"])


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
