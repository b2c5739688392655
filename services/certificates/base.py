"""What the tables of this service have in common."""

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Identity, Sequence
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.db import new_metadata

metadata = new_metadata()

# A sequence is never rolled back: two issuers cannot get one serial, whatever crashes. The price is
# gaps, which harm nothing: a number must be unique, not dense.
certificate_serial = Sequence("certificate_serial", metadata=metadata)


class CertificatesTable(SQLModel, registry=registry(metadata=metadata)):
    """The base of this service's tables."""

    metadata: ClassVar[Any] = metadata


def json_column(*, nullable: bool = False) -> Any:
    """A JSON document."""
    return Field(sa_column=Column(JSONB(none_as_null=True), nullable=nullable))


def serial() -> Any:
    """A key that the database counts up."""
    identity = Identity(always=True)
    return Field(default=None, sa_column=Column(BigInteger, identity, primary_key=True))
