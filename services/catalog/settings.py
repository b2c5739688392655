"""Settings of the catalog."""

from pydantic import Field, SecretStr

from shared.settings import Settings


class CatalogSettings(Settings):
    """What only the catalog needs."""

    service: str = "catalog"
    database_url: SecretStr = Field(validation_alias="ATTESTA_CATALOG_DATABASE_URL")
