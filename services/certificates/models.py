"""The tables of the certificates service.

Each room has its own; Alembic and every process read them all from here.
"""

from services.certificates.access.models import Disclosure
from services.certificates.base import certificate_serial, metadata
from services.certificates.certificate.models import (
    Certificate,
    CertificateChange,
    Duplicate,
    PendingChange,
    Statement,
)
from services.certificates.changes.correction_models import Correction
from services.certificates.documents.models import SignatureBlock
from services.certificates.issuance.models import NumberRequest
from services.certificates.registry.models import (
    FeedBacklog,
    FeedEntry,
    FeedHead,
    Manifest,
    Receipt,
)
from services.certificates.renewal.models import (
    RenewalCapacity,
    RenewalPullForward,
    RenewalSlot,
    RenewalTask,
    RenewalWindow,
)
from services.certificates.rosters.models import (
    Enrolment,
    EnrolmentJob,
    EnrolmentRow,
    RosterDigest,
    RosterEvent,
    RosterHead,
    Subscription,
)
from services.certificates.validity.models import (
    CouncilPlan,
    ExpiryWeek,
    NoticePlan,
    PlanWalk,
    ValidityNotice,
)
from services.certificates.verification.models import VerificationJob, VerificationRow
from services.certificates.webhooks.models import (
    DeliveryAttempt,
    EndpointCheck,
    WebhookEndpoint,
    WebhookSecret,
)

__all__ = [
    "Certificate",
    "CertificateChange",
    "Correction",
    "CouncilPlan",
    "DeliveryAttempt",
    "Disclosure",
    "Duplicate",
    "EndpointCheck",
    "Enrolment",
    "EnrolmentJob",
    "EnrolmentRow",
    "ExpiryWeek",
    "FeedBacklog",
    "FeedEntry",
    "FeedHead",
    "Manifest",
    "NoticePlan",
    "NumberRequest",
    "PendingChange",
    "PlanWalk",
    "Receipt",
    "RenewalCapacity",
    "RenewalPullForward",
    "RenewalSlot",
    "RenewalTask",
    "RenewalWindow",
    "RosterDigest",
    "RosterEvent",
    "RosterHead",
    "SignatureBlock",
    "Statement",
    "Subscription",
    "ValidityNotice",
    "VerificationJob",
    "VerificationRow",
    "WebhookEndpoint",
    "WebhookSecret",
    "certificate_serial",
    "metadata",
]
