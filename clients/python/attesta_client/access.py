"""The token of each request."""

from collections.abc import Callable, Generator

import httpx

Token = str | Callable[[], str] | None
"""An access token, or what gives the present one each time: tokens live for minutes."""


class BearerToken(httpx.Auth):
    """Sends the token that is valid now; none where there is none."""

    def __init__(self, token: Token) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The request with its token."""
        token = self._token() if callable(self._token) else self._token
        if token:
            request.headers["Authorization"] = f"Bearer {token}"
        yield request
