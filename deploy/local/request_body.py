"""The body of a request that passes the local gateway, and the client who may leave."""

from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import anyio
from starlette.types import Receive


class ClientGone(Exception):
    """The client has closed its connection before its request was whole."""


class IncomingBody:
    """The body of a request as it arrives."""

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.is_begun = False
        """Whether a part of it has been read, which cannot be read again."""
        self.end = anyio.Event()
        """Set when nobody reads the body any more."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The parts of the body. Raises `ClientGone`."""
        has_more = self.is_begun = True
        while has_more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            has_more = message.get("more_body", False)
            if part := message.get("body"):
                yield part
        self.end.set()


async def cancel_when_client_leaves(body: IncomingBody, scope: anyio.CancelScope) -> None:
    """Cancels the scope when the client leaves, once nobody reads the body any more."""
    await body.end.wait()
    message: MutableMapping[str, Any] = {"type": "http.request"}
    while message["type"] != "http.disconnect":
        message = await body.receive()
    scope.cancel()
