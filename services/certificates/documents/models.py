"""The centres' signature blocks."""

from datetime import datetime

from sqlmodel import Field

from services.certificates.base import CertificatesTable
from shared.columns import Instant


class Centre(CertificatesTable, table=True):
    """What a centre's signature block prints, as the centre itself keeps it."""

    __tablename__ = "centre"

    number: str = Field(primary_key=True)
    name: str
    address: str
    head: str
    deputy: bool
    revision: int
    updated_at: datetime = Field(sa_type=Instant)
    updated_by: str
