"""A real SMTP server, which tests tell how to misbehave."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.ports import HOST
from tests import tls

Answer = Callable[[SMTP, str], Awaitable[str]]
"""What the server answers to a letter to this recipient; it may take its time, or hang up."""


async def accept(_server: SMTP, _recipient: str) -> str:
    """Takes the letter."""
    return "250 OK"


async def hang_up(server: SMTP, _recipient: str) -> str:
    """Closes the connection instead of answering."""
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()
    return "250 lost"


async def freeze(_server: SMTP, _recipient: str) -> str:
    """Never answers."""
    await asyncio.sleep(3600)
    return "250 never"


def refuse(answer: str) -> Answer:
    """Always this answer."""

    async def refuse_letter(_server: SMTP, _recipient: str) -> str:
        return answer

    return refuse_letter


@dataclass
class MailServer:
    """What came in, and how the next ones are answered, to RCPT and to the letter."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    return_paths: list[str] = field(default_factory=list)
    connection_count: int = 0
    answer_recipient: Answer = accept
    answer_letter: Answer = accept

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of what came in."""
        return [str(letter["Message-ID"]) for letter in self.letters]

    async def handle_EHLO(  # noqa: N802 - a name of the library's
        self,
        _server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        answers: list[str],
    ) -> list[str]:
        self.connection_count += 1
        session.host_name = hostname
        return answers

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        answer = await self.answer_recipient(server, address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.contents.append(envelope.content)
        self.return_paths.append(envelope.mail_from or "")
        return await self.answer_letter(server, envelope.rcpt_tos[0])


@asynccontextmanager
async def receiving_mail(**options: Any) -> AsyncIterator[MailServer]:
    """A server on a port of its own; `options` are those of aiosmtpd's `SMTP`."""
    mail_server = MailServer()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mail_server, hostname="localhost", loop=loop, **options), HOST, 0
    )
    mail_server.port = server.sockets[0].getsockname()[1]
    try:
        yield mail_server
    finally:
        server.close()


def create_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for this machine, as a file for who trusts it; the server's context."""
    return tls.create_certificate(folder, "mail", HOST)
