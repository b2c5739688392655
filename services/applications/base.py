"""The base class and the column factories of the service's tables."""

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Identity
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.db import new_metadata

metadata = new_metadata()


class ApplicationsTable(SQLModel, registry=registry(metadata=metadata)):
    """The base class of this service's tables."""

    metadata: ClassVar[Any] = metadata


def serial_column() -> Any:
    """A primary key that counts up: rows of one application are read in its order."""
    return Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )


def application_id_column(*, primary_key: bool = False) -> Any:
    """A foreign key to the application that a row belongs to."""
    return Field(foreign_key="application.id", primary_key=primary_key)


def json_column(*, nullable: bool = False) -> Any:
    """A JSONB column; the schemas describe its content."""
    return Field(default=None, sa_column=Column(JSONB, nullable=nullable))
