"""What the routes of this service depend on: its settings and its pool of read connections."""

from typing import Annotated, cast

from fastapi import Depends, Request

from services.certificates.settings import CertificatesSettings
from shared.db import Pool
from shared.principal import Principal, Scope
from shared.web.guards import Allow
from shared.web.resources import get_resources


async def _get_settings(request: Request) -> CertificatesSettings:
    return cast("CertificatesSettings", get_resources(request).settings)


async def _get_read_pool(request: Request) -> Pool:
    return await get_resources(request).database.read_pool.get_pool()


ServiceSettings = Annotated[CertificatesSettings, Depends(_get_settings)]
"""The settings of this service."""
VerificationPool = Annotated["Pool", Depends(_get_read_pool)]
"""Connections below the ORM."""


KEEPERS = Allow(Scope.FEED, Scope.AMEND, Scope.OPERATE)
"""Who may list certificates: nobody may look people up (649n, item 17)."""
Agency = Annotated[Principal, Depends(Allow(Scope.AMEND))]
"""The national agency: it alone changes what a certificate is worth."""


Office = Annotated[Principal, Depends(Allow(Scope.PROCESS, Scope.AMEND))]
"""An assessment centre, for its own; the national agency, for all."""


Registry = Annotated[Principal, Depends(Allow(Scope.FEED))]
"""The national registry."""


Portal = Annotated[Principal, Depends(Allow(Scope.VERIFY, Scope.FEED, Scope.OPERATE))]
"""An employer's HR portal, the registry, or operations."""
