"""Bodies about numbers."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.certificates.certificate.number import CertificateNumber
from shared.events.applications import Holder
from shared.schemas import RequestBody


class NumberAssignmentRequest(RequestBody):
    """The number that the registry assigns to an application's certificate."""

    application_id: UUID
    number: CertificateNumber


class NumberRequestAnswer(BaseModel):
    """An approved application whose certificate waits for the number of the registry."""

    model_config = ConfigDict(from_attributes=True)

    application_id: UUID
    qualification_id: UUID
    qualification: str
    registry_number: str | None
    holder: Holder
    decided_on: date
    requested_at: datetime
