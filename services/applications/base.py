"""The base class of the service's tables, and the foreign key that most of them have."""

from typing import Any, ClassVar

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.db import new_metadata

metadata = new_metadata()


class ApplicationsTable(SQLModel, registry=registry(metadata=metadata)):
    """The base class of this service's tables."""

    metadata: ClassVar[Any] = metadata


def application_id_column(*, primary_key: bool = False) -> Any:
    """A foreign key to the application that a row belongs to."""
    return Field(foreign_key="application.id", primary_key=primary_key)
