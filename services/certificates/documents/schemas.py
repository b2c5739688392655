"""Bodies about what is printed: signature blocks, duplicates, statements."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.certificates.certificate.rules import Ground
from services.certificates.certificate.schemas import (
    Line,
    PersonNames,
    PrintedCentre,
    RowAnswerBase,
)
from shared.events.applications import Holder
from shared.events.catalog import QualificationContent
from shared.schemas import RequestBody


class SignatureBlockRequest(RequestBody):
    """A centre's signature block (order 725n): its office keeps this up to date."""

    name: Line
    address: Line = Field(description="the legal address")
    head: Line = Field(description="who signs, e.g. `И. И. Иванов`")
    deputy: bool = Field(default=False, description="signs in the head's stead: `/` is printed")


class DuplicateRequest(RequestBody):
    """The holder's application for a duplicate (order 725n, items 17-20)."""

    ground: Ground
    basis: Line = Field(description="the proof: a report, a certificate of the change of name")
    applied_on: date
    holder: PersonNames | None = Field(default=None, description="the new names, for `name_change`")

    @model_validator(mode="after")
    def _check_names_for_ground(self) -> "DuplicateRequest":
        if (self.ground is Ground.NAME_CHANGE) != (self.holder is not None):
            raise PydanticCustomError(
                "duplicate.holder", "'holder' has the new names, and stands only for 'name_change'"
            )
        return self


class SignatureBlockAnswer(RowAnswerBase, SignatureBlockRequest):
    """A centre's signature block, and who changed it last."""

    number: str
    updated_at: datetime
    updated_by: str


class DuplicateAnswer(RowAnswerBase):
    """A duplicate: the certificate's number, a date of issue of its own."""

    certificate_id: UUID
    ordinal: int
    ground: Ground
    basis: str
    applied_on: date
    issued_on: date
    due_on: date | None = Field(default=None, description="the last day that the law gives")
    holder: Holder


class StatementAnswer(RowAnswerBase):
    """A not-passed statement; without names when these were erased."""

    application_id: UUID
    number: str
    holder: Holder | None
    qualification: QualificationContent
    centre: PrintedCentre
    decided_on: date
    decision_protocol: str
    examined_from: date
    examined_to: date
    recommendation: str | None
    issued_on: date
    kept_until: date
