"""Answers of the change feed."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from services.catalog.qualification.schemas import AnswerBase, Qualification


class CatalogChange(AnswerBase):
    """A change that others must hear of; positions are 1, 2, 3 without gaps."""

    position: int
    kind: Literal["published", "withdrawn"]
    recorded_at: datetime
    qualification: Qualification


class Changes(BaseModel):
    """Changes after a position, oldest first.

    `head` is the last position there is: a reader whose own last position equals it has everything.
    """

    items: list[CatalogChange]
    head: int
