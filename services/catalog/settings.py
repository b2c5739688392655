"""Settings of the catalog."""

from pydantic import Field

from shared.settings import Settings, service_config


class CatalogSettings(Settings):
    """Settings that only the catalog has. Sizes are bytes."""

    model_config = service_config("catalog")

    service: str = "catalog"

    table_upload_bytes: int = Field(
        default=5_000_000, ge=1_000, description="a council's table as uploaded"
    )
    table_unpacked_bytes: int = Field(
        default=25_000_000, ge=1_000, description="a council's table after unpacking"
    )
    table_readers: int = Field(
        default=1, ge=1, description="tables read at once in one process; others wait"
    )
    notice_days: int = Field(
        default=730,
        ge=1,
        description="a council may let holders be told at most so many days before the end",
    )
    notice_thresholds: int = Field(
        default=12, ge=1, description="on at most so many days before the end of one certificate"
    )
