"""The tables of the applications service, of all its rooms: what migrations are compared with."""

from services.applications.access.models import Disclosure
from services.applications.appeals.models import Appeal
from services.applications.application.models import (
    Application,
    History,
    QualificationVersion,
    QualificationWithdrawal,
)
from services.applications.base import metadata
from services.applications.decision.models import (
    Certificate,
    Decision,
    Delivery,
    RegistryEntry,
)
from services.applications.digests.models import OfficeContact, RenewalCapacity
from services.applications.documents.models import Document
from services.applications.drafts.models import FormDraft
from services.applications.examination.models import Appointment, Examination
from services.applications.intake.models import Consent, ConsentText
from services.applications.letters.models import (
    BarredAddress,
    Letter,
    LetterToken,
    MailRoute,
    NoticePlan,
)
from services.applications.limits.models import TimeLimit
from services.applications.retention.models import Erasure
from services.applications.review.models import Review

__all__ = [
    "Appeal",
    "Application",
    "Appointment",
    "BarredAddress",
    "Certificate",
    "Consent",
    "ConsentText",
    "Decision",
    "Delivery",
    "Disclosure",
    "Document",
    "Erasure",
    "Examination",
    "FormDraft",
    "History",
    "Letter",
    "LetterToken",
    "MailRoute",
    "NoticePlan",
    "OfficeContact",
    "QualificationVersion",
    "QualificationWithdrawal",
    "RegistryEntry",
    "RenewalCapacity",
    "Review",
    "TimeLimit",
    "metadata",
]
