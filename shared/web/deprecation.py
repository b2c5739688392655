"""The end of a route, told in time: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime


@dataclass(frozen=True, slots=True)
class Deprecated:
    """Declares among a route's dependencies that it will end; requests are answered as before.

    From `since` on nobody should begin to use it. After `sunset` it may answer no more. `successor`
    is the address that does the same.
    """

    since: datetime
    sunset: datetime | None = None
    successor: str | None = None

    async def __call__(self) -> None:
        """Changes nothing for the request: the headers are those of every answer of the route."""

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell of it, in every answer of the route."""
        headers = {"Deprecation": f"@{int(self.since.timestamp())}"}
        if self.sunset is not None:
            headers["Sunset"] = format_datetime(self.sunset.astimezone(UTC), usegmt=True)
        if self.successor is not None:
            headers["Link"] = f'<{self.successor}>; rel="successor-version"'
        return headers
