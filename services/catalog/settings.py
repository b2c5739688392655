"""Settings of the catalog."""

from pydantic import Field, SecretStr

from shared.settings import Settings


class CatalogSettings(Settings):
    """Settings that only the catalog has. Sizes are bytes."""

    service: str = "catalog"
    database_url: SecretStr = Field(validation_alias="ATTESTA_CATALOG_DATABASE_URL")

    table_upload_bytes: int = Field(
        default=5_000_000,
        ge=1_000,
        validation_alias="ATTESTA_CATALOG_TABLE_UPLOAD_BYTES",
        description="a council's table as uploaded",
    )
    table_unpacked_bytes: int = Field(
        default=25_000_000,
        ge=1_000,
        validation_alias="ATTESTA_CATALOG_TABLE_UNPACKED_BYTES",
        description="a council's table after unpacking",
    )
    table_readers: int = Field(
        default=1,
        ge=1,
        validation_alias="ATTESTA_CATALOG_TABLE_READERS",
        description="tables read at once in one process; others wait",
    )
