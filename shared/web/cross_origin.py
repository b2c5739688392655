"""Calls of the API out of pages of other sites (CORS), where the settings name their origins.

Only the API's, which asks for a token: cookies are never taken across, so a foreign page can do
nothing in its reader's name.
"""

from starlette.middleware.cors import CORSMiddleware

from shared.settings import Settings
from shared.web.asgi import ASGI, Message, Receive, Send

PREFIXES = ("/v1/", "/openapi/")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
REQUEST_HEADERS = (
    *("Authorization", "Content-Type", "Accept", "Accept-Language", "Idempotency-Key"),
    *("If-Match", "If-None-Match", "X-Correlation-ID", "traceparent", "tracestate"),
)
RESPONSE_HEADERS = (
    *("Content-Disposition", "Content-Language", "Deprecation", "ETag", "Link", "Location"),
    *("RateLimit", "RateLimit-Policy", "Retry-After", "Sunset", "WWW-Authenticate"),
    "X-Correlation-ID",
)
"""What scripts of other sites may read, beside what they always may."""

PREFLIGHT_SECONDS = 3600


class CrossOrigin:
    """Lets the origins of the settings call the API; without any, nothing is added."""

    def __init__(self, app: ASGI, settings: Settings) -> None:
        self._app = app
        origins = settings.cors_origins.split()
        self._shared = (
            CORSMiddleware(
                app,
                allow_origins=origins,
                allow_methods=METHODS,
                allow_headers=REQUEST_HEADERS,
                expose_headers=RESPONSE_HEADERS,
                max_age=PREFLIGHT_SECONDS,
                allow_credentials=False,
            )
            if origins
            else None
        )

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handles one HTTP request; what is not the API's passes through."""
        if self._shared is None or scope["type"] != "http":
            return await self._app(scope, receive, send)
        app = self._shared if scope["path"].startswith(PREFIXES) else self._app
        await app(scope, receive, send)
