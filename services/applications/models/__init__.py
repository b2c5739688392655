"""The tables of the applications service.

application  what a person applies with, and what is kept of it
procedure    what the procedure adds, its limits, appeals
"""

from services.applications.models.application import (
    Application,
    Consent,
    ConsentText,
    Document,
    Erasure,
    History,
    QualificationVersion,
    QualificationWithdrawal,
    Reading,
)
from services.applications.models.base import metadata
from services.applications.models.procedure import (
    Appeal,
    Appointment,
    Certificate,
    Decision,
    Delivery,
    Examination,
    Review,
    TimeLimit,
)

__all__ = [
    "Appeal",
    "Application",
    "Appointment",
    "Certificate",
    "Consent",
    "ConsentText",
    "Decision",
    "Delivery",
    "Document",
    "Erasure",
    "Examination",
    "History",
    "QualificationVersion",
    "QualificationWithdrawal",
    "Reading",
    "Review",
    "TimeLimit",
    "metadata",
]
