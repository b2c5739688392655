"""The centres' signature blocks."""

from datetime import datetime

from sqlmodel import Field

from services.certificates.base import CertificatesTable
from shared.columns import Instant


class SignatureBlock(CertificatesTable, table=True):
    """A centre's signature block, as documents print it and the centre's office keeps it."""

    __tablename__ = "signature_block"

    number: str = Field(primary_key=True)
    name: str
    address: str
    head: str
    deputy: bool
    revision: int
    updated_at: datetime = Field(sa_type=Instant)
    updated_by: str
