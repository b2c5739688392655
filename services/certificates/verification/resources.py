"""What the certificates service's process holds besides what every service's does."""

from dataclasses import dataclass
from typing import cast

from starlette.requests import HTTPConnection

from services.certificates.settings import CertificatesSettings
from services.certificates.verification.rate_limit import RateLimits
from shared.web.resources import Resources, get_resources


@dataclass(frozen=True, kw_only=True)
class CertificatesResources(Resources[CertificatesSettings]):
    """The rate limits of those who verify certificates."""

    rate_limits: RateLimits


def get_verification_resources(connection: HTTPConnection) -> CertificatesResources:
    """What the process that answers this request holds."""
    return cast("CertificatesResources", get_resources(connection))
