"""The settings of this service, for its routes."""

from typing import Annotated, cast

from fastapi import Depends, Request

from services.certificates.settings import CertificatesSettings
from shared.db import Pool


async def _settings(request: Request) -> CertificatesSettings:
    return cast("CertificatesSettings", request.app.state.settings)


async def _reads(request: Request) -> Pool:
    pool: Pool = await request.app.state.database.reads.pool()
    return pool


ServiceSettings = Annotated[CertificatesSettings, Depends(_settings)]
"""The settings of this service."""
Reads = Annotated["Pool", Depends(_reads)]
"""Connections below the ORM."""
