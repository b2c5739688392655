"""The national registry in the demo: a copy of the feed that detects every alteration.

An example for those who build a reader: the rules are those of docs/registry.md.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from deploy.local.calls import Json, Services, StoryFailed, call, wait_for


class FeedMismatch(StoryFailed):
    """The page does not follow from the copy's position and chain."""


_Text = Annotated[str, StringConstraints(min_length=1)]
"""Text that can be encoded: half a surrogate pair is none."""


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class _Entry(_Answer):
    """An entry of the feed; every text is kept as it came, for it is hashed so."""

    position: int
    subject: _Text
    subject_id: _Text
    event: _Text
    recorded_at: _Text
    content: _Text | None
    content_digest: _Text
    digest: _Text
    chain: _Text


class _Record(_Answer):
    """What a content says of itself; a reader takes all of it over."""

    id: _Text
    subject: _Text
    event: _Text


class _Page(_Answer):
    """A page of the feed."""

    after: int
    before_chain: str
    items: list[_Entry]
    after_chain: str
    head: int


@dataclass
class FeedCopy:
    """The registry's copy of the feed. A real reader keeps all of it in one transaction."""

    position: int = 0
    chain_hash: bytes = bytes(32)
    records: dict[str, str] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    """The latest entry about each record."""
    absent: frozenset[str] = frozenset()
    """Records with an absent content that no `erased` entry has accounted for yet."""

    def apply_page(self, page: Json) -> int:
        """Applies a whole page, or refuses it whole; the number of its entries.

        Raises `FeedMismatch`.
        """
        try:
            checked_page = _Page.model_validate(page)
        except ValidationError as error:
            raise FeedMismatch("it is no page of the feed") from error
        if checked_page.after != self.position:
            raise FeedMismatch(f"it begins after {checked_page.after}, not {self.position}")
        if checked_page.before_chain != self.chain_hash.hex():
            raise FeedMismatch("it does not follow the page before")
        entries = checked_page.items
        position, chain_hash = _check_entries(entries, self.position, self.chain_hash)
        if checked_page.after_chain != chain_hash.hex():
            raise FeedMismatch("it ends elsewhere")
        absent = _list_absent(self.absent, entries)
        _check_end(checked_page, position, absent)
        for entry in entries:
            self.positions[entry.subject_id] = entry.position
            if entry.content is None:
                self.records.pop(entry.subject_id, None)
            else:
                self.records[entry.subject_id] = entry.content
        self.position, self.chain_hash, self.absent = position, chain_hash, absent
        return len(entries)


def _check_entries(
    entries: Sequence[_Entry], position: int, chain_hash: bytes
) -> tuple[int, bytes]:
    """The position and the chain after the entries. Raises `FeedMismatch`."""
    for entry in entries:
        position += 1
        if entry.position != position:
            raise FeedMismatch(f"{entry.position} where {position} must stand")
        digest = _check_entry(entry)
        chain_hash = hashlib.sha256(chain_hash + position.to_bytes(8, "big") + digest).digest()
        if entry.chain != chain_hash.hex():
            raise FeedMismatch("the chain is another")
    return position, chain_hash


def _check_entry(entry: _Entry) -> bytes:
    """The digest of all that an entry says. Raises `FeedMismatch`."""
    lines = (
        *(entry.subject, entry.subject_id, entry.event),
        *(entry.recorded_at, entry.content_digest),
    )
    digest = hashlib.sha256("\n".join(lines).encode())
    if digest.hexdigest() != entry.digest:
        raise FeedMismatch("what the entry says is not what its digest says")
    if entry.content is not None:
        _check_content(entry, entry.content)
    return digest.digest()


def _check_content(entry: _Entry, content: str) -> None:
    """Checks an entry's content against its digest and its labels. Raises `FeedMismatch`."""
    if hashlib.sha256(content.encode()).hexdigest() != entry.content_digest:
        raise FeedMismatch("the content is not what its digest says")
    try:
        record = _Record.model_validate_json(content)
    except ValidationError as error:
        raise FeedMismatch("the content is no record") from error
    if (entry.subject_id, entry.subject, entry.event) != (record.id, record.subject, record.event):
        raise FeedMismatch("what stands outside is not what stands inside")


def _list_absent(absent: frozenset[str], entries: Sequence[_Entry]) -> frozenset[str]:
    """Whose content is absent after the entries, and no `erased` entry has followed."""
    remaining = set(absent)
    for entry in entries:
        if entry.content is None:
            remaining.add(entry.subject_id)
        elif entry.event == "erased":
            remaining.discard(entry.subject_id)
    return frozenset(remaining)


def _check_end(page: _Page, position: int, absent: frozenset[str]) -> None:
    """Raises `FeedMismatch` where the feed ends short of its head, or short of an erasure."""
    if page.head < position or (page.head > position and not page.items):
        raise FeedMismatch(f"the feed's head is said to be {page.head}")
    if absent and page.head == position:
        raise FeedMismatch("a content is absent, and nothing says that it was erased")


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
