"""Every table of the certificates service: for Alembic, and for each process's start."""

from services.certificates.access.models import PersonalReading
from services.certificates.base import certificate_serial, metadata
from services.certificates.certificate.models import (
    Certificate,
    CertificateChange,
    Duplicate,
    Statement,
)
from services.certificates.documents.models import Centre
from services.certificates.issuance.models import NumberRequest
from services.certificates.registry.models import FeedEntry, FeedHead, Manifest, Receipt
from services.certificates.validity.models import ValidityNotice
from services.certificates.verification.models import VerificationJob, VerificationRow

__all__ = [
    "Centre",
    "Certificate",
    "CertificateChange",
    "Duplicate",
    "FeedEntry",
    "FeedHead",
    "Manifest",
    "NumberRequest",
    "PersonalReading",
    "Receipt",
    "Statement",
    "ValidityNotice",
    "VerificationJob",
    "VerificationRow",
    "certificate_serial",
    "metadata",
]
