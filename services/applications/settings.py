"""Settings of the applications service."""

from pathlib import Path

from pydantic import Field, SecretStr

from shared.settings import Settings


def _local_folder() -> str:
    return (Path.cwd() / ".local" / "documents").as_uri()


class ApplicationsSettings(Settings):
    """What only the applications service needs."""

    service: str = "applications"
    database_url: SecretStr = Field(validation_alias="ATTESTA_APPLICATIONS_DATABASE_URL")
    documents_url: str = Field(
        default_factory=_local_folder,
        validation_alias="ATTESTA_APPLICATIONS_DOCUMENTS_URL",
        description="where documents are kept: file:///folder or s3://bucket/prefix; "
        "the store's own variables (AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, ...) say the rest",
    )
    upload_limit_bytes: int = Field(
        default=20 * 1024 * 1024,
        ge=1024,
        validation_alias="ATTESTA_APPLICATIONS_UPLOAD_LIMIT_BYTES",
        description="the largest document",
    )
    minimum_examiners: int = Field(
        default=2,
        ge=1,
        validation_alias="ATTESTA_APPLICATIONS_MINIMUM_EXAMINERS",
        description="people on an expert commission (order 759n of 19.12.2016, item 3)",
    )
    oldest_applicant_years: int = Field(
        default=120,
        ge=1,
        validation_alias="ATTESTA_APPLICATIONS_OLDEST_APPLICANT_YEARS",
        description="an earlier birth date is taken for a slip of the pen",
    )
