"""The settings of this service, for its routes."""

from typing import Annotated, cast

from fastapi import Depends, Request

from services.certificates.settings import CertificatesSettings


def _settings(request: Request) -> CertificatesSettings:
    return cast("CertificatesSettings", request.app.state.settings)


ServiceSettings = Annotated[CertificatesSettings, Depends(_settings)]
"""The settings of this service."""
