"""Every table of the catalog service: for Alembic, and for each process's start."""

from services.catalog.base import metadata
from services.catalog.changes.models import CatalogChange, FeedHead
from services.catalog.imports.models import TableImport
from services.catalog.notices.models import NoticePlanChange
from services.catalog.qualification.models import Qualification, QualificationVersion

__all__ = [
    "CatalogChange",
    "FeedHead",
    "NoticePlanChange",
    "Qualification",
    "QualificationVersion",
    "TableImport",
    "metadata",
]
