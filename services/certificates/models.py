"""The tables of the certificates service.

Each room has its own; Alembic and every process read them all from here.
"""

from services.certificates.access.models import Disclosure
from services.certificates.base import certificate_serial, metadata
from services.certificates.certificate.models import (
    Certificate,
    CertificateChange,
    Duplicate,
    Statement,
)
from services.certificates.documents.models import SignatureBlock
from services.certificates.issuance.models import NumberRequest
from services.certificates.registry.models import FeedEntry, FeedHead, Manifest, Receipt
from services.certificates.validity.models import (
    CouncilPlan,
    NoticePlan,
    PlanWalk,
    ValidityNotice,
)
from services.certificates.verification.models import VerificationJob, VerificationRow

__all__ = [
    "Certificate",
    "CertificateChange",
    "CouncilPlan",
    "Disclosure",
    "Duplicate",
    "FeedEntry",
    "FeedHead",
    "Manifest",
    "NoticePlan",
    "NumberRequest",
    "PlanWalk",
    "Receipt",
    "SignatureBlock",
    "Statement",
    "ValidityNotice",
    "VerificationJob",
    "VerificationRow",
    "certificate_serial",
    "metadata",
]
