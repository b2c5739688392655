"""The record of who saw personal data."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from services.certificates.base import CertificatesTable, serial
from shared.columns import Instant


class PersonalReading(CertificatesTable, table=True):
    """The audit of reads: who looked at whose personal data."""

    __tablename__ = "personal_reading"

    id: int | None = serial()
    at: datetime = Field(sa_type=Instant)
    subject: str
    what: str
    certificate_id: UUID | None = Field(default=None, index=True)
