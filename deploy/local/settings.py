"""Settings of the local stack, read from the environment with the prefix `ATTESTA_LOCAL_`."""

from datetime import date, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parents[2]
"""The folder that holds `services/`, `shared/` and `deploy/`: every process runs from it."""

SERVICES = ("catalog", "applications", "certificates")

BrokerKind = Literal["embedded", "kafka"]


class LocalSettings(BaseSettings):
    """The folder, ports and deadlines of a local stack."""

    model_config = SettingsConfigDict(
        env_prefix="ATTESTA_LOCAL_",
        env_file=".env",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    folder: Path = Field(
        default=PROJECT / ".local", description="data, logs and documents, kept between runs"
    )
    port_base: int = Field(
        default=8000, ge=1024, le=64000, description="shifts every port; see deploy/local/ports.py"
    )
    broker: BrokerKind = Field(
        default="embedded", description="the broker of a wheel, or Apache Kafka from Maven"
    )
    time_zone: ZoneInfo = Field(
        default=ZoneInfo("Europe/Moscow"),
        validation_alias="ATTESTA_TIME_ZONE",
        description="the civil zone of the services",
    )
    ready_seconds: float = Field(
        default=90, gt=0, description="how long each part may take to become ready"
    )
    stop_seconds: float = Field(
        default=30, gt=0, description="how long processes may take to stop before they are killed"
    )

    def civil_today(self) -> date:
        """The day that the services call today."""
        return datetime.now(self.time_zone).date()

    @field_validator("time_zone", mode="before")
    @classmethod
    def _parse_time_zone(cls, value: object) -> object:
        """The zone of a name such as `Asia/Vladivostok`, as environment variables give it."""
        return ZoneInfo(value) if isinstance(value, str) else value
