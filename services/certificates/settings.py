"""Settings of the certificates service."""

from string import Formatter

from pydantic import Field, SecretStr, field_validator

from shared.settings import Settings


class CertificatesSettings(Settings):
    """What only certificates and their scheduler need."""

    service: str = "certificates"
    database_url: SecretStr = Field(validation_alias="ATTESTA_CERTIFICATES_DATABASE_URL")
    certificates_number_format: str = Field(
        default="{code}.{serial:08d}.{expiry_year:02d}",
        description="of `code`, `serial` and `expiry_year` (its last two digits)",
    )
    certificates_unnumbered_code: str = Field(
        default="{area}.{standard}00.00",
        description="the code of a qualification that the registry has not numbered; of the "
        "standard's `area` and `standard` numbers, zeros where there is no standard",
    )
    certificates_renewal_thresholds_days: tuple[int, ...] = Field(
        default=(90, 30, 7), description="days before the end at which renewal is due"
    )
    expiring_days: int = Field(
        default=90,
        ge=0,
        validation_alias="ATTESTA_CERTIFICATES_EXPIRING_DAYS",
        description="verification says `expiring` from so many days before the end",
    )
    verification_rows: int = Field(
        default=1000,
        ge=1,
        validation_alias="ATTESTA_CERTIFICATES_VERIFICATION_ROWS",
        description="certificates in one question",
    )
    certificates_scan_interval_seconds: float = Field(
        default=300, gt=0, description="how often the scheduler looks for notices that are due"
    )
    certificates_scan_batch: int = Field(
        default=200, ge=1, description="certificates in one transaction of the scan"
    )

    @field_validator("certificates_number_format")
    @classmethod
    def _tells_certificates_apart(cls, value: str) -> str:
        """Without the serial two certificates would get one number."""
        if "serial" not in {name for _, name, _, _ in Formatter().parse(value)}:
            raise ValueError("the number must contain {serial}")
        value.format(code="07.01000.00", serial=1, expiry_year=29)
        return value

    @field_validator("certificates_renewal_thresholds_days")
    @classmethod
    def _from_far_to_near(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if any(days < 1 for days in value):
            raise ValueError("thresholds are whole days, at least 1")
        return tuple(sorted(set(value), reverse=True))
