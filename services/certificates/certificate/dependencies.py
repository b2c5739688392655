"""Ids in the paths of routes."""

from typing import Annotated

from fastapi import Path

from services.certificates.certificate.members import (
    ApplicationId,
    CertificateId,
    QualificationId,
)

PathCertificateId = Annotated[CertificateId, Path()]
"""The certificate of a route."""
PathApplicationId = Annotated[ApplicationId, Path()]
"""The application of a route."""
PathQualificationId = Annotated[QualificationId, Path()]
"""The qualification of a route."""
