"""Answers of the change feed."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from services.catalog.qualification.schemas import AnswerBase, QualificationAnswer


class CatalogChangeAnswer(AnswerBase):
    """A publication or withdrawal; positions are 1, 2, 3 without gaps."""

    position: int
    kind: Literal["published", "withdrawn"]
    recorded_at: datetime
    qualification: QualificationAnswer


class CatalogChangesAnswer(BaseModel):
    """Changes after a position, oldest first.

    `head` is the last position there is: a reader whose own last position equals it has everything.
    """

    items: list[CatalogChangeAnswer]
    head: int
