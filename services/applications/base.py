"""What the tables of this service have in common."""

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Identity
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.db import new_metadata

metadata = new_metadata()


class ApplicationsTable(SQLModel, registry=registry(metadata=metadata)):
    """The base of this service's tables."""

    metadata: ClassVar[Any] = metadata


def serial() -> Any:
    """A key that counts up: rows of one application are read in its order."""
    return Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )


def of_application(*, primary_key: bool = False) -> Any:
    """The application that a row belongs to."""
    return Field(foreign_key="application.id", primary_key=primary_key)


def json_column(*, nullable: bool = False) -> Any:
    """Structured content, as the schemas describe it."""
    return Field(default=None, sa_column=Column(JSONB, nullable=nullable))
