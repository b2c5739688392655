"""The national registry in the demo: a copy of the feed that detects every alteration.

An example for those who build a reader: the rules are those of docs/registry.md.
"""

import hashlib
import json
from dataclasses import dataclass, field

from deploy.local.calls import Json, Services, StoryFailed, call, wait_for


class FeedMismatch(StoryFailed):
    """The page does not follow from the copy's position and chain."""


@dataclass
class FeedCopy:
    """The registry's copy of the feed. A real reader keeps all of it in one transaction."""

    position: int = 0
    chain_hash: bytes = bytes(32)
    records: dict[str, str] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    """The latest entry about each record."""

    def apply_page(self, page: Json) -> int:
        """Applies a whole page, or refuses it whole; the number of its entries.

        Raises `FeedMismatch`.
        """
        if page["before_chain"] != self.chain_hash.hex():
            raise FeedMismatch("it does not follow the page before")
        chain_hash, position = self.chain_hash, self.position
        for entry in page["items"]:
            position += 1
            if entry["position"] != position:
                raise FeedMismatch(f"{entry['position']} where {position} must stand")
            digest = bytes.fromhex(entry["digest"])
            if entry["content"] is not None:
                _check_entry(entry, digest)
            chain_hash = hashlib.sha256(chain_hash + position.to_bytes(8, "big") + digest).digest()
            if entry["chain"] != chain_hash.hex():
                raise FeedMismatch("the chain is another")
        if page["after_chain"] != chain_hash.hex():
            raise FeedMismatch("it ends elsewhere")
        for entry in page["items"]:
            self.positions[entry["subject_id"]] = entry["position"]
            if entry["content"] is not None:
                self.records[entry["subject_id"]] = entry["content"]
        self.position, self.chain_hash = position, chain_hash
        return len(page["items"])


def _check_entry(entry: Json, digest: bytes) -> None:
    """Checks an entry's content against its digest and its labels. Raises `FeedMismatch`."""
    if hashlib.sha256(entry["content"].encode()).digest() != digest:
        raise FeedMismatch("the content is not what its digest says")
    content = json.loads(entry["content"])
    labels = (entry["subject_id"], entry["subject"], entry["event"])
    if labels != (content["id"], content["subject"], content["event"]):
        raise FeedMismatch("what stands outside is not what stands inside")


def read_feed_until(services: Services, certificate_id: str) -> FeedCopy:
    """A copy of the whole feed, as soon as the certificate is in it. Raises `StoryFailed`."""
    feed_copy = FeedCopy()

    def read_new_pages() -> FeedCopy | None:
        params = {"after": str(feed_copy.position)}
        while feed_copy.apply_page(
            call(services.certificates, "GET", "/v1/registry/feed", params=params)
        ):
            params = {"after": str(feed_copy.position)}
        return feed_copy if certificate_id in feed_copy.records else None

    return wait_for(read_new_pages, "the certificate to be in the registry's feed")


def acknowledge_entry(
    services: Services, feed_copy: FeedCopy, certificate: Json, entered_on: str
) -> Json:
    """Sends the receipt of a certificate; its application, once it shows the record number.

    Raises `StoryFailed`.
    """
    position = feed_copy.positions[certificate["id"]]
    receipt = {
        "position": position,
        "outcome": "entered",
        "record_number": f"Р-{position}",
        "entered_on": entered_on,
    }
    call(services.certificates, "POST", "/v1/registry/receipts", json=[receipt])

    def find_registered_application() -> Json | None:
        path = f"/v1/applications/{certificate['application_id']}"
        application = call(services.applications, "GET", path)
        delivery = application["delivery"] or {}
        return application if delivery.get("registry_record") else None

    return wait_for(find_registered_application, "intake to hear of the registry's entry")
