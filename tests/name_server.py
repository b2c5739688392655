"""A real DNS server on a port of its own, whose answers a test sets, and may change at each."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from deploy.local.ports import HOST

Addresses = Sequence[str]


@dataclass
class NameServer(asyncio.DatagramProtocol):
    """What names resolve to. Of several answers one is given at each question, the last for ever.

    `questions` are the names that were asked for; each counts once for IPv4 and once for IPv6.
    """

    port: int = 0
    answers: dict[str, list[Addresses]] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)
    is_silent: bool = False
    _transport: asyncio.DatagramTransport | None = None

    @property
    def address(self) -> str:
        """As settings name it."""
        return f"{HOST}#{self.port}"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        self.questions.append(name)
        if self.is_silent:
            return
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        kind = "AAAA" if question.rdtype == dns.rdatatype.AAAA else "A"
        texts = list(self._list_addresses(name, kind))
        if texts:
            response.answer.append(dns.rrset.from_text(question.name, 0, "IN", kind, *texts))
        elif name not in self.answers:
            response.set_rcode(dns.rcode.NXDOMAIN)
        assert self._transport is not None
        self._transport.sendto(response.to_wire(), addr)

    def _list_addresses(self, name: str, kind: str) -> Iterator[str]:
        answers = self.answers.get(name, [()])
        version = 6 if kind == "AAAA" else 4
        yield from (text for text in answers[0] if ip_address(text).version == version)
        if kind == "AAAA" and len(answers) > 1:  # asked for after the addresses of IPv4
            del answers[0]


@asynccontextmanager
async def serving_names() -> AsyncIterator[NameServer]:
    """A server of names."""
    server = NameServer()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: server, (HOST, 0))
    server.port = transport.get_extra_info("sockname")[1]
    try:
        yield server
    finally:
        transport.close()
