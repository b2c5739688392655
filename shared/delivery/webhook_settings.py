"""The settings of a service that sends webhooks."""

from typing import Self

from pydantic import Field, FilePath, model_validator

from shared.delivery.egress import Egress
from shared.settings import Settings

HINDERED_SHARE = 4
"""One of so many places is for those that fail or are slow."""


class WebhookSettings(Settings):
    """How webhooks are sent: how many, how long, and where to."""

    webhook_limit_seconds: float = Field(
        default=15, gt=0, description="for one request, from the name to the end of the answer"
    )
    webhooks_at_once: int = Field(
        default=200,
        ge=HINDERED_SHARE,
        description="requests that a sender has open; a quarter of them is for those that fail or"
        " are slow",
    )
    webhook_host_requests: int = Field(
        default=2, ge=1, description="of them to one host, by all senders together"
    )
    webhook_slow_seconds: float = Field(
        default=3, gt=0, description="whose last answer took longer is slow"
    )
    webhook_batch: int = Field(
        default=100, ge=1, le=1000, description="the most events that a portal may ask for at once"
    )
    webhook_endpoints: int = Field(
        default=3, ge=1, description="addresses of one subscription, at most"
    )
    webhook_pause_days: int = Field(
        default=5, ge=2, description="after so many days without one success an address is paused"
    )
    webhook_secret_days: int = Field(
        default=7, ge=1, description="so long the secret before the newest still signs, too"
    )
    webhook_hourly_tests: int = Field(
        default=10, ge=1, description="test events that one address may be sent in an hour"
    )
    webhook_attempt_days: int = Field(
        default=30, ge=1, description="tries are kept so long, by days"
    )
    webhook_notices_sender: str = Field(
        default="attesta@localhost",
        pattern=r"^[^@\s<>]+@[^@\s<>]+$",
        description="the address from which a portal's contact is told that it does not answer",
    )
    webhook_nameservers: tuple[str, ...] = Field(
        default=(),
        description="`address#port` of the servers that resolve names of portals; none: the"
        " machine's",
    )
    webhook_authorities: FilePath | None = Field(
        default=None, description="a PEM file of further authorities of portals' certificates"
    )
    webhook_local: bool = Field(
        default=False,
        description="lets addresses of this machine and of private networks, and any port, be sent"
        " to; only where `ATTESTA_TRIAL_SITE` says that nothing is in force",
    )

    @model_validator(mode="after")
    def _check_local_on_trial_only(self) -> Self:
        if self.webhook_local and not self.trial_site:
            raise ValueError("webhooks go to local addresses on a trial site only")
        return self

    @property
    def hindered_webhooks(self) -> int:
        """How many of the places are for those that fail or are slow."""
        return self.webhooks_at_once // HINDERED_SHARE

    def build_egress(self) -> Egress:
        """The way out of these settings."""
        return Egress(
            limit_seconds=self.webhook_limit_seconds,
            allows_local=self.webhook_local,
            nameservers=self.webhook_nameservers,
            authorities=self.webhook_authorities,
        )
