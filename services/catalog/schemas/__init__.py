"""The catalog's request and response bodies."""

from services.catalog.schemas.answers import (
    Approval,
    CatalogChange,
    Changes,
    DifferenceAnswer,
    Differences,
    Qualification,
    QualificationSummary,
)
from services.catalog.schemas.form import QualificationDraft
from services.catalog.schemas.steps import Approve, NewVersion, Publish, Return, Withdraw

__all__ = [
    "Approval",
    "Approve",
    "CatalogChange",
    "Changes",
    "DifferenceAnswer",
    "Differences",
    "NewVersion",
    "Publish",
    "Qualification",
    "QualificationDraft",
    "QualificationSummary",
    "Return",
    "Withdraw",
]
