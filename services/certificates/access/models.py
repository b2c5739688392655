"""The record of who saw personal data."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from services.certificates.base import CertificatesTable
from shared.columns import Instant, identity_key


class Disclosure(CertificatesTable, table=True):
    """The audit of disclosures: who read whose personal data, when."""

    __tablename__ = "disclosure"

    id: int | None = identity_key()
    disclosed_at: datetime = Field(sa_type=Instant)
    subject: str
    resource: str
    certificate_id: UUID | None = Field(default=None, index=True)
