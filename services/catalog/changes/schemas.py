"""Answers of the change feed."""

from datetime import datetime

from pydantic import BaseModel, Field

from services.catalog.changes.models import CatalogChangeKind
from services.catalog.qualification.schemas import AnswerBase, QualificationAnswer
from shared.paging import MAX_PAGE_ITEMS
from shared.schemas import Position


class CatalogChangeAnswer(AnswerBase):
    """A publication or withdrawal; positions are 1, 2, 3 without gaps."""

    position: Position = Field(description="position of the change, from 1")
    kind: CatalogChangeKind = Field(description="what happened to the qualification")
    recorded_at: datetime = Field(description="when it was recorded")
    qualification: QualificationAnswer = Field(
        description="version that was published, or that was in force last; as it stands today"
    )


class CatalogChangesAnswer(BaseModel):
    """Changes after a position, oldest first.

    `head` is the last position there is: a reader whose own last position equals it has everything.
    """

    items: list[CatalogChangeAnswer] = Field(
        max_length=MAX_PAGE_ITEMS, description="changes in the order of their positions"
    )
    head: Position = Field(description="last position there is; 0 before the first change")
