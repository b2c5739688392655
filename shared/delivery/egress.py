"""One HTTPS request to a destination that others chose, within a limit of time and of bytes.

The name is resolved once, every address that it has must be the Internet's, and the connection goes
to one of these and no other: a name that resolves to something else a moment later changes nothing.
The request, SNI and the check of the certificate still go by the name. No redirect is followed, no
proxy and no cookie is known. Whoever answers slowly, or without end, costs the limit and no more.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import dns.asyncresolver
import dns.exception
import dns.nameserver
import httpcore
import httpx

from shared.delivery.addresses import is_public
from shared.delivery.destinations import Destination, is_local_name

ANSWER_BYTES = 4096
"""So much of an answer is read."""
CONNECT_SECONDS = 5.0
"""For one address of a name; then the next one is tried."""
MOST_ADDRESSES = 8
"""A name with more addresses is tried at these."""
_LOOPBACK: tuple[str, ...] = ("127.0.0.1", "::1")

Address = IPv4Address | IPv6Address
Header = tuple[str, str]


class EgressFailure(Exception):
    """There is no answer; `reason` says by a word why, and never what others wrote.

    `was_sent` is False where it is certain that nothing reached the destination.
    """

    def __init__(self, reason: str, *, was_sent: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.was_sent = reason, was_sent


@dataclass(frozen=True, slots=True)
class EgressAnswer:
    """What the destination answered: the status, the beginning of the body, `Retry-After`."""

    status: int
    body: bytes
    retry_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Egress:
    """The way out: limits, and who is trusted.

    `allows_local` lets addresses of this machine and of private networks pass, for trials only.
    `nameservers` are `address#port` of the servers to ask; none: those of the machine.
    """

    limit_seconds: float
    allows_local: bool = False
    nameservers: Sequence[str] = ()
    authorities: Path | None = None
    _contexts: list[ssl.SSLContext] = field(default_factory=list, init=False, repr=False)

    @asynccontextmanager
    async def open(self, destination: Destination) -> AsyncIterator["EgressLine"]:
        """A line to the destination, for requests one after another."""
        if not self._contexts:
            self._contexts.append(_create_context(self.authorities))
        line = EgressLine(self, destination, self._contexts[0])
        try:
            yield line
        finally:
            await line.close()

    async def resolve(self, host: str) -> Sequence[Address]:
        """The addresses of a name, all of them fit to connect to. Raises `EgressFailure`."""
        addresses = [ip_address(text) for text in await self._look_up(host)]
        if not addresses:
            raise EgressFailure("dns")
        if not self.allows_local and not all(map(is_public, addresses)):
            raise EgressFailure("address")
        return addresses[:MOST_ADDRESSES]

    async def _look_up(self, host: str) -> Iterable[str]:
        if is_local_name(host):
            return _LOOPBACK
        resolver = dns.asyncresolver.Resolver(configure=not self.nameservers)
        if self.nameservers:
            resolver.nameservers = [_parse_nameserver(text) for text in self.nameservers]
        texts: list[str] = []
        for family in (socket.AF_INET, socket.AF_INET6):
            # Some servers of names fail at the kind of address that a name does not have.
            with suppress(dns.exception.DNSException, OSError):
                answers = await resolver.resolve_name(
                    f"{host}.", family, lifetime=self.limit_seconds
                )
                texts += answers.addresses()
        return texts


class EgressLine:
    """A connection to one destination, made at the first request and kept for the next.

    Its addresses are resolved once, before that. Each request has the whole limit of time.
    """

    def __init__(self, egress: Egress, destination: Destination, context: ssl.SSLContext) -> None:
        self._egress, self._destination = egress, destination
        self._backend = _PinnedBackend()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context, max_connections=1, network_backend=self._backend
        )

    async def close(self) -> None:
        """Closes the connection, if there is one."""
        await self._pool.aclose()

    async def post(self, headers: Iterable[Header], body: bytes) -> EgressAnswer:
        """The answer to a POST. Raises `EgressFailure`."""
        try:
            async with asyncio.timeout(self._egress.limit_seconds):
                if not self._backend.addresses:
                    self._backend.addresses = await self._egress.resolve(self._destination.host)
                return await self._exchange(headers, body)
        except TimeoutError:
            raise EgressFailure("timeout", was_sent=self._backend.is_connected) from None
        except httpcore.ConnectError as error:
            raise EgressFailure(_name_connection_fault(error)) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise EgressFailure(_name_fault(error), was_sent=True) from None

    async def _exchange(self, headers: Iterable[Header], body: bytes) -> EgressAnswer:
        destination = self._destination
        url = httpcore.URL(
            scheme=b"https",
            host=destination.host.encode(),
            port=destination.port,
            target=destination.target,
        )
        lines = [
            ("Host", destination.url.netloc.decode("ascii")),
            ("Content-Length", str(len(body))),
            ("User-Agent", "Attesta"),
            *headers,
        ]
        async with self._pool.stream("POST", url, headers=lines, content=body) as response:
            return EgressAnswer(
                response.status, await _read_beginning(response), _get_retry_after(response)
            )


async def _read_beginning(response: httpcore.Response) -> bytes:
    body = b""
    async for part in response.aiter_stream():
        body += part
        if len(body) >= ANSWER_BYTES:
            break
    return body[:ANSWER_BYTES]


def _get_retry_after(response: httpcore.Response) -> str | None:
    for name, value in response.headers:
        if name.lower() == b"retry-after":
            return value.decode("latin-1")
    return None


class _PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that were found, whatever the name says now."""

    def __init__(self) -> None:
        self.addresses: Sequence[Address] = ()
        self.is_connected = False
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - the point of it
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as the library calls it
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A stream to the first address that takes the connection."""
        limit = CONNECT_SECONDS if timeout is None else timeout
        failure: Exception = httpcore.ConnectError("no address")
        for address in sorted(self.addresses, key=lambda address: address.version):
            try:
                stream = await self._backend.connect_tcp(
                    str(address), port, limit, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                self.is_connected = True
                return stream
        raise httpcore.ConnectError("no address answers") from failure


def _create_context(authorities: Path | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if authorities is not None:
        context.load_verify_locations(authorities)
    return context


def _parse_nameserver(text: str) -> dns.nameserver.Nameserver:
    host, _, port = text.partition("#")
    return dns.nameserver.Do53Nameserver(host, int(port or 53))


def _name_connection_fault(error: Exception) -> str:
    """`tls` where the certificate, or the handshake, is at fault; else `connect`."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls"
        cause = cause.__cause__ or cause.__context__
    return "connect"


def _name_fault(error: Exception) -> str:
    if isinstance(error, httpcore.ProtocolError):
        return "protocol"
    return "connection"
