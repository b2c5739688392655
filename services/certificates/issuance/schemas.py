"""Bodies about numbers."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from services.certificates.certificate.members import (
    ApplicationId,
    DecidedOn,
    QualificationId,
    QualificationName,
    StatedLine,
)
from services.certificates.certificate.number import CertificateNumber
from shared.events.applications import Holder
from shared.schemas import RequestBody


class NumberAssignmentRequest(RequestBody):
    """The number that the registry assigns to an application's certificate."""

    application_id: ApplicationId
    number: CertificateNumber


class NumberRequestAnswer(BaseModel):
    """An approved application whose certificate waits for the number of the registry."""

    model_config = ConfigDict(from_attributes=True)

    application_id: ApplicationId
    qualification_id: QualificationId
    qualification: QualificationName
    registry_number: StatedLine | None = Field(
        description="the qualification's number in the registry; null before it has one",
        examples=["07.01000.01"],
    )
    holder: Holder = Field(description="the names that the certificate will print")
    decided_on: DecidedOn
    requested_at: datetime = Field(
        description="the instant since which it waits", examples=["2026-11-20T12:00:00Z"]
    )
