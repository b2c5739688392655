"""A service whose streams break off in the midst of a line, as connections do."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class ConnectionLost(Exception):
    """Makes the server close the connection."""


class BreakingStreams:
    """Breaks so many of the answers of jobs off, each in its first piece."""

    def __init__(self, app: ASGIApp, breaks_left: int) -> None:
        self._app = app
        self.breaks_left = breaks_left

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on, but breaks what it must."""
        if not scope.get("path", "").endswith("/answers") or not self.breaks_left:
            await self._app(scope, receive, send)
            return

        async def send_half(message: Message) -> None:
            body = message.get("body", b"")
            if not body:
                await send(message)
                return
            self.breaks_left -= 1
            await send({**message, "body": body[: len(body) // 2], "more_body": True})
            raise ConnectionLost

        await self._app(scope, receive, send_half)
