"""The base of this service's tables, and the serial of certificates."""

from typing import Any, ClassVar

from sqlalchemy import Sequence
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.db import new_metadata

metadata = new_metadata()

# A sequence is never rolled back: two issuers cannot get one serial, whatever crashes. The price is
# gaps, which harm nothing: a number must be unique, not dense.
certificate_serial = Sequence("certificate_serial", metadata=metadata)


class CertificatesTable(SQLModel, registry=registry(metadata=metadata)):
    """The base class of the tables of this service, with their metadata."""

    metadata: ClassVar[Any] = metadata
