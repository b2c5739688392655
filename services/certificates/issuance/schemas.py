"""Bodies about numbers."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.certificates.certificate.number import Number
from shared.events.applications import Holder
from shared.schemas import RequestBody


class NumberGiven(RequestBody):
    """The number that the registry gives to the certificate of an application."""

    application_id: UUID
    number: Number


class NumberAsked(BaseModel):
    """An approved application whose certificate waits for the registry's number."""

    model_config = ConfigDict(from_attributes=True)

    application_id: UUID
    qualification_id: UUID
    qualification: str
    registry_number: str | None
    holder: Holder
    decided_on: date
    requested_at: datetime
