"""Settings that every process reads from the environment, prefix `ATTESTA_`.

One environment can serve all processes: what belongs to one service carries the service's name,
for example `ATTESTA_CATALOG_DATABASE_URL`.
"""

import re
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AliasChoices,
    AliasGenerator,
    DirectoryPath,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import SettingsConfigDict

from shared.broker_settings import BrokerSettings
from shared.calendar_settings import CalendarSettings
from shared.database_settings import DatabaseSettings
from shared.principal import Scope
from shared.secret_files import SecretFileSettings
from shared.shutdown_settings import ShutdownSettings

PREFIX = "ATTESTA_"
"""What the names of all variables of the environment begin with."""


class Settings(
    SecretFileSettings, DatabaseSettings, BrokerSettings, CalendarSettings, ShutdownSettings
):
    """Settings of every service. Each service adds its own fields and its database's address."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,  # among it are secrets
    )

    service: str = Field(description="the service's name, as in topics, logs and event sources")

    relay_batch: int = Field(default=500, ge=1, description="events published per round")
    relay_poll_seconds: float = Field(
        default=2, gt=0, description="the net under LISTEN/NOTIFY, and a standby's retry"
    )
    lease_seconds: float = Field(
        default=20,
        ge=1,
        description="after so long without a sign from who leads in a duty another takes over",
    )
    event_limit_bytes: int = Field(
        default=900_000,
        ge=10_000,
        description="the largest event, with its headers; below the topics' max.message.bytes",
    )
    outbox_retention_days: int = Field(
        default=30, ge=2, description="published events are kept so long, then dropped by partition"
    )
    outbox_partitions_ahead_days: int = Field(
        default=7, ge=2, description="the outbox's partitions are made for so many days to come"
    )

    consumer_session_seconds: float = Field(
        default=10, ge=6, description="after so long without a sign a member counts as dead"
    )
    consumer_poll_seconds: float = Field(
        default=300,
        ge=1,
        description="a member that asks for no events for so long counts as hung; how long one"
        " event is tried does not matter",
    )
    consumer_batch_events: int = Field(
        default=100, ge=1, le=1000, description="events of a partition in one transaction"
    )
    consumer_attempts: int = Field(default=8, ge=1, description="tries of one event")
    consumer_backoff_seconds: float = Field(
        default=0.2, gt=0, description="the pause before the second try"
    )
    consumer_backoff_limit_seconds: float = Field(default=10, gt=0, description="the longest one")

    duty_limit_seconds: float = Field(
        default=60,
        gt=0,
        description="a worker whose relay, consumer or sequencer has not ended a round well for so"
        " long says that it is not ready",
    )
    job_limit_seconds: float = Field(
        default=3600, gt=0, description="a round of a scheduler's job is broken off after so long"
    )

    idempotency_key_days: int = Field(
        default=7, ge=1, description="how long an answer is kept for a client's retry"
    )
    request_body_limit_bytes: int = Field(default=1_048_576, ge=1024, description="JSON bodies")

    issue_unconfirmed: bool = Field(
        default=False,
        description="certificates are issued also of qualifications that have no number in the"
        " registry, or a term that no council has confirmed; they say so in any case",
    )

    site_url: str = Field(
        default="http://127.0.0.1:8000",
        description="the one address of the site, behind the gateway, without a path: where codes"
        " on certificates, search engines and the provider of sign-in lead; `iss` of evidence",
    )

    cors_origins: str = Field(
        default="",
        description="origins whose pages may call the API from browsers, apart by blanks, or `*`;"
        " cookies are never taken across",
    )

    auth_jwks_url: str = Field(
        default="http://127.0.0.1:8031/jwks.json",
        description="the public keys of the OIDC provider; a file: address serves, too",
    )
    auth_issuer: str = Field(
        default="http://127.0.0.1:8031", description="who must have issued a token: its `iss`"
    )
    auth_audience: str = Field(default="attesta", description="what a token's `aud` must name")
    auth_leeway_seconds: int = Field(default=30, ge=0, description="for clocks that differ")
    auth_refresh_seconds: float = Field(
        default=60, ge=0, description="the provider's keys are asked for at most so often"
    )

    auth_client_id: str = Field(
        default="attesta-pages",
        description="the client of the OIDC provider by which people sign in to the pages; its"
        " redirect address is `<site_url>/sign-in/callback`",
    )
    auth_client_secret: SecretStr | None = Field(
        default=None, description="that client's secret; none: a public client, by PKCE alone"
    )
    auth_scopes: str = Field(
        default=f"openid profile {' '.join(Scope)}",
        description="the scopes that are asked for when somebody signs in",
    )

    freeze_after_start: bool = Field(
        default=True,
        description="what a service made at its start is not looked through for garbage again",
    )

    auth_keys_seconds: float = Field(
        default=900, gt=0, description="after so long they are asked for in any case"
    )

    time_zone: ZoneInfo = Field(
        default=ZoneInfo("Europe/Moscow"), description="the civil zone in which days are counted"
    )
    trial_site: bool = Field(
        default=False, description="every page says that nothing on this site is in force"
    )
    site_contact: str = Field(
        default="", max_length=200, description="whom people ask: an e-mail address or a phone"
    )

    locale_folder: DirectoryPath | None = Field(
        default=None,
        description="further languages of the pages, or other words: "
        "`<language>/LC_MESSAGES/<service>.po` and `shared.po`",
    )
    health_port: int = Field(
        default=8090, description="of workers and schedulers, for health questions; 0: none"
    )
    health_host: str = Field(
        default="127.0.0.1", description="where they answer health questions; 0.0.0.0: everywhere"
    )
    metrics_cache_seconds: float = Field(
        default=5,
        ge=0,
        description="what was read for `/metrics` is answered again for so long, whoever asks",
    )
    metrics_timeout_seconds: float = Field(
        default=5,
        gt=0,
        description="for reading all of it; below the timeout of whoever scrapes",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="the least grave lines that are written"
    )
    log_format: Literal["json", "console"] = Field(
        default="json", description="an object a line for machines, or text for a terminal"
    )
    otel_exporter_url: str | None = Field(
        default=None,
        description="base address of a collector of OpenTelemetry, by OTLP over HTTP; without it,"
        " or OTEL_EXPORTER_OTLP_ENDPOINT, no spans are recorded",
    )

    renewal_thresholds_days: tuple[int, ...] = Field(
        default=(180, 90, 30, 7),
        description="days before the end of a certificate at which renewal is due, where its"
        " council has set none; the same for certificates and applications",
    )

    trace_url_template: str | None = Field(
        default=None,
        description="where people look at a trace, `{trace_id}` standing for its id: pages of"
        " operations lead there; without it they show the id to copy",
    )

    @field_validator("renewal_thresholds_days")
    @classmethod
    def _sort_thresholds(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        """Thresholds without repetitions, longest first. Raises `ValueError` for one below 1."""
        if any(days < 1 for days in value):
            raise ValueError("thresholds are whole days, at least 1")
        return tuple(sorted(set(value), reverse=True))

    @field_validator("trace_url_template")
    @classmethod
    def _check_trace_url(cls, value: str | None) -> str | None:
        """An address with the place of the id. Raises `ValueError` for anything else."""
        if value is None:
            return None
        address = urlsplit(value)
        if address.scheme not in {"http", "https"} or address.hostname is None:
            raise ValueError("an address such as https://traces.example/trace/{trace_id}")
        if value.count("{trace_id}") != 1 or re.search(r"[{}]", value.replace("{trace_id}", "")):
            raise ValueError("{trace_id} stands in it once, and no other braces")
        return value

    @field_validator("site_url")
    @classmethod
    def _check_site_url(cls, value: str) -> str:
        """The origin without a slash at its end. Raises `ValueError` for what is no origin."""
        address = urlsplit(value)
        is_origin = address.scheme in {"http", "https"} and address.hostname is not None
        if not is_origin or address.path not in {"", "/"} or address.query or address.fragment:
            raise ValueError("an origin such as https://attesta.example, without a path")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _check_relay_limits(self) -> Self:
        """Raises `ValueError` where the relay's transaction would end before its broker's call."""
        if self.kafka_limit_seconds >= self.lease_seconds:
            raise ValueError("kafka_limit_seconds is below lease_seconds")
        return self

    @field_validator("time_zone", mode="before")
    @classmethod
    def _parse_time_zone(cls, value: object) -> object:
        """The zone of a name such as `Asia/Vladivostok`, as environment variables give it."""
        return ZoneInfo(value) if isinstance(value, str) else value


def service_config(service: str) -> SettingsConfigDict:
    """The configuration of a service's own `Settings`: where each field is read from.

    What all services share is read from `ATTESTA_<FIELD>`, what the service adds, and its
    database's address, from `ATTESTA_<SERVICE>_<FIELD>`. A shared field may also be set for one
    service alone, by the service's name in it, which then comes first.
    """
    own_prefix = f"{PREFIX}{service.upper()}_"
    shared_fields = Settings.model_fields.keys() - {"database_url"}

    def get_environment_name(field: str) -> AliasChoices:
        own_name = f"{own_prefix}{field.upper()}"
        if field not in shared_fields:
            return AliasChoices(own_name)
        return AliasChoices(own_name, f"{PREFIX}{field.upper()}")

    aliases = AliasGenerator(validation_alias=get_environment_name)
    return SettingsConfigDict(env_prefix=own_prefix, alias_generator=aliases)
