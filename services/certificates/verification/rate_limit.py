"""Rate limits of verification: how many certificates a client may ask about, and unknown ones.

Whoever guesses numbers asks mostly about certificates that do not exist, so these have a limit
of their own: when it is spent, the client gets no answer at all until the limit has recovered.
"""

from dataclasses import dataclass

from limits import RateLimitItem, parse

from services.certificates.settings import CertificatesSettings
from shared.principal import Principal
from shared.web.rate_limit import RateLimiter


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one client may still ask: a token's subject, or an address without a token."""

    limiter: RateLimiter
    client: str
    rate: RateLimitItem
    unknown_rate: RateLimitItem

    async def reserve(self, count: int = 1) -> dict[str, str]:
        """Counts questions before they are answered; returns the `RateLimit` headers.

        Raises `TooManyRequests` when either limit of the client is spent.
        """
        await self.limiter.check_quota("unknown", self.unknown_rate, self.client)
        return await self.limiter.consume_quota("questions", self.rate, self.client, count)

    async def count_unknown(self, count: int = 1) -> None:
        """Counts questions, already answered, about certificates that do not exist."""
        if count:
            await self.limiter.consume_remaining_quota(
                "unknown", self.unknown_rate, self.client, count
            )


class RateLimits:
    """The rate limits of all clients, read from the settings once."""

    def __init__(self, settings: CertificatesSettings) -> None:
        self._limiter = RateLimiter(settings.limits_storage)
        self._public_rates = (
            parse(settings.public_rate),
            parse(settings.public_unknown_rate),
        )
        self._client_rates = (
            parse(settings.client_rate),
            parse(settings.client_unknown_rate),
        )

    def for_caller(self, caller: Principal | None, peer: tuple[str, int] | None) -> Allowance:
        """The allowance of an authenticated caller, or of an address `(host, port)` without one."""
        if caller is None:
            address = peer[0] if peer else "unknown"
            return Allowance(self._limiter, f"address:{address}", *self._public_rates)
        return Allowance(self._limiter, f"subject:{caller.subject}", *self._client_rates)
