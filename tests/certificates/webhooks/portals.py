"""Portals that take webhooks: real HTTPS servers that check signatures and keep events."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text
from standardwebhooks import Webhook, WebhookVerificationError

from services.certificates.rosters.content import EventDraft
from services.certificates.rosters.numbering import append_events, choose_day, lock_roster_head
from services.certificates.rosters.rules import RosterEventKind
from services.certificates.settings import CertificatesSettings
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database, execute
from tests import tls
from tests.certificates.rosters.portal import portal
from tests.name_server import NameServer
from tests.receivers import Answer, Received, Receiver, answering, receiving


@dataclass
class PortalServer:
    """A portal's hook: what it took, and how it misbehaves, if it does.

    `events` are those that it keeps, by number; `messages` what was taken, in the order of arrival.
    """

    host: str
    receiver: Receiver
    secrets: list[str] = field(default_factory=list)
    events: dict[int, Any] = field(default_factory=dict)
    messages: list[tuple[str, list[int]]] = field(default_factory=list)
    tests: list[Any] = field(default_factory=list)
    fault: Answer | None = None

    @property
    def url(self) -> str:
        """Where it takes messages."""
        return f"https://{self.host}:{self.receiver.port}/hook"

    async def answer(self, received: Received, writer: asyncio.StreamWriter) -> None:
        """As a careful portal answers."""
        answer = self.fault or self._judge(received)
        await answer(received, writer)

    def _judge(self, received: Received) -> Answer:
        if not self.is_signed(received):
            return answering(401)
        content = received.read_json()
        if "challenge" in content:
            return answering(200, json.dumps(content).encode(), content_type="application/json")
        events = content if isinstance(content, list) else [content]
        numbered = [event for event in events if "sequence" in event]
        self.tests += [event for event in events if "sequence" not in event]
        if numbered:
            self.messages.append((received.headers["webhook-id"], received.sequences))
        self.events |= {int(event["sequence"]): event for event in numbered}
        return answering(204)

    def is_signed(self, received: Received) -> bool:
        """Whether one of the portal's secrets signed the message."""
        for secret in self.secrets:
            try:
                Webhook(secret).verify(received.body, dict(received.headers))
            except WebhookVerificationError:
                continue
            return True
        return False

    @property
    def taken(self) -> list[int]:
        """The numbers of what was taken, in the order of arrival."""
        return [sequence for _, sequences in self.messages for sequence in sequences]


class PortalHouse:
    """Starts portals, each with a name and a certificate of its own, trusted by the sender."""

    def __init__(self, folder: Path, names: NameServer) -> None:
        self.authorities = folder / "authorities.pem"
        self._folder, self._names = folder, names
        self.host_names = [f"p{number}.portal.example" for number in range(12)]
        certificate, self._context = tls.create_certificate(folder, "portals", *self.host_names)
        self.authorities.write_bytes(certificate.read_bytes())

    @asynccontextmanager
    async def open(self, number: int = 0) -> AsyncIterator[PortalServer]:
        """The portal with this number."""
        host = self.host_names[number]
        self._names.answers[host] = [["127.0.0.1"]]
        async with receiving(self._context) as receiver:
            server = PortalServer(host, receiver)
            receiver.answer = server.answer
            yield server


async def enter_endpoint(
    client: httpx.AsyncClient, path: str, server: PortalServer, **changes: Any
) -> str:
    """Enters a portal's address for a subscription; the address of the endpoint."""
    body = {"url": server.url, "contact": "it@portal.example"} | changes
    answer = await client.post(f"{path}/endpoints", json=body, headers=portal())
    assert answer.status_code == 201, answer.text
    server.secrets.append(answer.json()["secret"])
    return str(answer.headers["location"])


async def activate(database: Database, path: str) -> None:
    """Lets events go without a handshake."""
    statement = text("UPDATE webhook_endpoint SET state = 'active' WHERE id = :id")
    async with database.transaction() as session:
        await execute(session, statement, {"id": UUID(path.rpartition("/")[2])})


async def number_events(
    database: Database,
    clock: Clock,
    settings: CertificatesSettings,
    paths: Sequence[str],
    count: int = 1,
) -> None:
    """Numbers so many events for each of these subscriptions."""
    async with database.transaction() as session:
        context = command_context(session, clock.now(), settings, "test")
        head = await lock_roster_head(session)
        day = choose_day(head, context.today)
        drafts = [
            EventDraft(
                UUID(path.rpartition("/")[2]),
                None,
                RosterEventKind.RENEWAL_DUE,
                {
                    "number": f"07.{position:06d}",
                    "issued_on": "2026-03-02",
                    "valid_until": "2029-03-02",
                    "ends_on": "2029-03-02",
                    "verdict": "expiring",
                    "valid": True,
                    "effective_on": "2028-09-03",
                },
            )
            for position in range(count)
            for path in paths
        ]
        await append_events(context, day, drafts)


async def read_endpoint(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """How an endpoint stands."""
    answer = await client.get(path, headers=portal())
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def read_attempts(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """The attempts of an endpoint, the newest first."""
    answer = await client.get(f"{path}/attempts", headers=portal())
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items
