"""What the catalog's tables have in common."""

from typing import Any, ClassVar

from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.db import new_metadata

metadata = new_metadata()


class CatalogTable(SQLModel, registry=registry(metadata=metadata)):
    """The base of this service's tables."""

    metadata: ClassVar[Any] = metadata
