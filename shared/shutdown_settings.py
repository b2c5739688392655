"""The settings of a process's end."""

from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings


class ShutdownSettings(BaseSettings):
    """How much time a process has after SIGTERM, and what for."""

    shutdown_seconds: float = Field(
        default=8,
        ge=1,
        description="after SIGTERM a process is over after so long, whatever its clients do; below"
        " the limit of whoever stops it (Docker: 10 s)",
    )
    drain_seconds: float = Field(
        default=3,
        ge=0,
        description="the first part of `shutdown_seconds`: a service goes on to answer for so long"
        " and says that it is not ready, so that a gateway turns to another replica; 0 where there"
        " is none",
    )

    @model_validator(mode="after")
    def _check_drain(self) -> Self:
        """Raises `ValueError` where a process would be over before it has ceased to answer."""
        if self.drain_seconds >= self.shutdown_seconds:
            raise ValueError("drain_seconds is below shutdown_seconds")
        return self
