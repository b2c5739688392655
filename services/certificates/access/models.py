"""The record of who saw personal data."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from services.certificates.base import CertificatesTable, identity_key
from shared.columns import Instant


class Disclosure(CertificatesTable, table=True):
    """The audit of disclosures: who read whose personal data, when."""

    __tablename__ = "personal_reading"

    id: int | None = identity_key()
    disclosed_at: datetime = Field(sa_type=Instant)
    subject: str
    resource: str
    certificate_id: UUID | None = Field(default=None, index=True)
