"""The tables of the certificates service.

certificates  certificates, their changes, notices, duplicates; statements
registry      numbers, the registry's feed, manifests, receipts, the audit of reads
jobs          verification of many
"""

from services.certificates.models.base import certificate_serial, metadata
from services.certificates.models.certificates import (
    Certificate,
    CertificateChange,
    Duplicate,
    Statement,
    ValidityNotice,
)
from services.certificates.models.jobs import VerificationJob, VerificationRow
from services.certificates.models.registry import (
    Centre,
    FeedEntry,
    FeedHead,
    Manifest,
    NumberRequest,
    PersonalReading,
    Receipt,
)

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
