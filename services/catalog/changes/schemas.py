"""Answers of the change feed."""

from datetime import datetime

from pydantic import BaseModel

from services.catalog.changes.models import CatalogChangeKind
from services.catalog.qualification.schemas import AnswerBase, QualificationAnswer


class CatalogChangeAnswer(AnswerBase):
    """A publication or withdrawal; positions are 1, 2, 3 without gaps."""

    position: int
    kind: CatalogChangeKind
    recorded_at: datetime
    qualification: QualificationAnswer


class CatalogChangesAnswer(BaseModel):
    """Changes after a position, oldest first.

    `head` is the last position there is: a reader whose own last position equals it has everything.
    """

    items: list[CatalogChangeAnswer]
    head: int
