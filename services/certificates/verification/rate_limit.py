"""Rate limits of verification: how many certificates a client may ask about, and unknown ones.

Whoever guesses numbers asks mostly about certificates that do not exist, so these have a limit
of their own: when it is spent, the client gets no answer at all until the limit has recovered.
The same unknown certificate counts once, however often it is asked for: who reloads a page, or
asks again to be sure, does not guess.
"""

from dataclasses import dataclass
from datetime import date

from limits import RateLimitItem, parse

from services.certificates.settings import CertificatesSettings
from shared.principal import Principal
from shared.web.rate_limit import Quota, RateLimiter


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

    async def count_unknown_certificate(self, number: str, issued_on: date) -> None:
        """Counts a question, already answered, about a certificate that does not exist.

        Number and date are counted together: who knows a number may guess its date.
        """
        await self.limiter.consume_remaining_quota_once(
            "unknown", self.unknown_rate, self.client, f"{number} {issued_on}"
        )

    async def get_unknown_quota(self) -> Quota:
        """How many certificates that do not exist the client may still ask about."""
        return await self.limiter.get_quota("unknown", self.unknown_rate, self.client)

    async def count_unknown(self, count: int = 1) -> None:
        """Counts questions, already answered, about certificates that do not exist, or names."""
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
