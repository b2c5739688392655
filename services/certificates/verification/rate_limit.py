"""Who asks for verdicts, and how often: limits of questions, and of questions in vain.

Whoever guesses numbers asks in vain most of the time, so these have a budget of their own: when it
is spent, nothing more is answered until it has grown again.
"""

from dataclasses import dataclass

from limits import RateLimitItem, parse

from services.certificates.settings import CertificatesSettings
from shared.principal import Principal
from shared.web.rate_limit import Limiter


@dataclass(frozen=True, slots=True)
class Asking:
    """The budget of one client: of a token's subject, or of an address without a token."""

    limiter: Limiter
    client: str
    rate: RateLimitItem
    unknown: RateLimitItem

    async def ask(self, count: int = 1) -> dict[str, str]:
        """Counts questions; the headers of the answer. Raises `TooManyRequests`."""
        await self.limiter.check("unknown", self.unknown, self.client)
        return await self.limiter.spend("questions", self.rate, self.client, count)

    async def in_vain(self, count: int = 1) -> None:
        """Counts questions about certificates that are not there."""
        if count:
            await self.limiter.count("unknown", self.unknown, self.client, count)


class Budgets:
    """The budgets of all clients, as the settings give them."""

    def __init__(self, settings: CertificatesSettings) -> None:
        self._limiter = Limiter(settings.certificates_limits_storage)
        self._public = (
            parse(settings.certificates_public_rate),
            parse(settings.certificates_public_unknown_rate),
        )
        self._clients = (
            parse(settings.certificates_client_rate),
            parse(settings.certificates_client_unknown_rate),
        )

    def of(self, caller: Principal | None, client: tuple[str, int] | None) -> Asking:
        """The budget of a caller, or of the address and port without one."""
        if caller is None:
            address = client[0] if client else "unknown"
            return Asking(self._limiter, f"address:{address}", *self._public)
        return Asking(self._limiter, f"subject:{caller.subject}", *self._clients)
