"""Settings of the applications service."""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    model_validator,
)

from services.applications.limits.rules import TimeLimitRules
from shared.clock import check_period
from shared.context import CommandContext
from shared.delivery.mail_settings import MailSettings
from shared.encryption import KeyringSettings
from shared.settings import service_config
from shared.templates import check_template
from shared.time_limits import read_limits_file

Period = Annotated[str, AfterValidator(check_period)]
DEFAULT_LIMITS_FILE = Path(__file__).parent / "limits" / "limits.json"


def _local_documents_url() -> str:
    return (Path.cwd() / ".local" / "documents").as_uri()


class ApplicationsSettings(KeyringSettings, MailSettings):
    """The settings that only the applications service has."""

    model_config = service_config("applications")

    service: str = "applications"
    documents_url: str = Field(
        default_factory=_local_documents_url,
        description="where documents are kept: file:///folder or s3://bucket/prefix; "
        "the store's own variables (AWS_ENDPOINT_URL, AWS_REGION, ...) say the rest",
    )
    documents_key_id: SecretStr | None = Field(
        default=None,
        description="who signs in at an S3 store; not set: the store's own variables say it",
    )
    documents_key_secret: SecretStr | None = Field(
        default=None, description="the secret of that key"
    )
    store_limit_seconds: float = Field(
        default=60,
        gt=0,
        description="a call of the store of documents fails after so long: a whole file written, "
        "the next bytes of one that is read",
    )
    upload_limit_bytes: int = Field(
        default=20 * 1024 * 1024,
        ge=1024,
        description="the largest document",
    )
    erasure_sweep_seconds: int = Field(
        default=3600,
        ge=60,
        description="so long after an erasure the store is looked at again, for what was being "
        "uploaded meanwhile; longer than an upload takes",
    )
    minimum_examiners: int = Field(
        default=2,
        ge=1,
        description="people on an expert commission (order 759n of 19.12.2016, item 3)",
    )
    phone_country: str = Field(
        default="RU",
        pattern="^[A-Z]{2}$",
        description="ISO 3166 code of the country whose telephone numbers need no country code",
    )
    oldest_applicant_years: int = Field(
        default=120,
        ge=1,
        description="an earlier birth date is taken for a slip of the pen",
    )
    youngest_applicant_years: int = Field(
        default=14,
        ge=0,
        description="a later birth date is taken for a slip of the pen; work begins at 14 "
        "(Labour Code of Russia, art. 63)",
    )
    passport_years: int = Field(
        default=14,
        ge=0,
        description="nobody younger has a passport of Russia (decree 828 of 08.07.1997)",
    )
    paper_receipt_days: int = Field(
        default=366,
        ge=0,
        description="an application on paper is entered so long after it came, at most; an "
        "earlier day is taken for a slip of the pen",
    )

    limits_file: Path = Field(
        default=DEFAULT_LIMITS_FILE,
        description="the limits of law, each with its source, and those that councils have of their"
        " own",
    )
    scan_batch: int = Field(default=200, ge=1, description="rows in one transaction of a scan")
    scan_interval_seconds: float = Field(
        default=60, gt=0, description="how often the scheduler looks for what is due"
    )
    minimum_appeal_members: int = Field(
        default=5,
        ge=1,
        description="members of an appeals commission (order 701n)",
    )
    retention_after_certificate: Period = Field(
        default="P3Y",
        description="a file is kept so long after its certificate ends (order 759n, item 3)",
    )
    retention_of_not_confirmed: Period = Field(
        default="P1Y",
        description="a failed candidate's file, from the decision (one council's rules; "
        "a national rule could not be verified)",
    )
    retention_of_unfinished: Period = Field(
        default="P1Y",
        description="the file of a withdrawn, declined or closed application; appeals are kept "
        "one year (order 701n)",
    )
    retention_of_drafts: Period = Field(
        default="P90D",
        description="a draft that nobody submits",
    )
    form_draft_hours: int = Field(
        default=24,
        ge=1,
        description="what was typed into a form when the session had ended is kept so long",
    )
    form_draft_limit_bytes: int = Field(
        default=65_536, ge=1024, description="the most that is kept of one such form"
    )
    live_client_limit: int = Field(
        default=500, ge=1, description="open pages of cases that one process tells of changes"
    )
    statement_number_format: str = Field(
        default="{centre}-{serial:06d}-{year}",
        description="the number of a not-passed statement; the acts set no form",
    )
    media_types: frozenset[str] = Field(
        default=frozenset({"application/pdf", "image/jpeg", "image/png", "image/tiff"}),
        description="which contents are taken as documents",
    )
    material_types: frozenset[str] = Field(
        default=frozenset({"video/mp4", "audio/mpeg", "audio/x-wav"}),
        description="which are taken as examination materials, besides",
    )
    antivirus: str | None = Field(
        default=None,
        description="host:port of a ClamAV daemon; none: files are marked not_configured",
    )
    download_seconds: int = Field(
        default=300,
        ge=1,
        description="how long a download link works",
    )
    bulk_rows: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        description="people in one group",
    )

    smtp_connections: int = Field(
        default=4, ge=1, le=10, description="letters that a scheduler hands over at the same time"
    )
    letters_per_round: int = Field(
        default=500, ge=1, description="letters on each of these connections in one round"
    )
    letters_sender: str = Field(
        default="attesta@localhost",
        pattern=r"^[^@\s<>]+@[^@\s<>]+$",
        description="the address that letters come from, and that answers go to",
    )
    letters_bounce_address: str | None = Field(
        default=None,
        pattern=r"^[^@\s<>+]+@[^@\s<>]+$",
        description="where the mail system brings what cannot be delivered: each letter's token is "
        "added to it, as in bounces+token@domain; none: the sender's",
    )
    letter_link_days: int = Field(
        default=200,
        ge=1,
        description="how long the links of a letter open their pages: that which stops reminders, "
        "and that of an application filled in already",
    )
    birth_date_tries: int = Field(
        default=3,
        ge=1,
        description="wrong birth dates after which the link of a letter opens nothing any more",
    )
    bounce_limit_bytes: int = Field(
        default=262_144, ge=1024, description="the largest report of what could not be delivered"
    )
    font: str = Field(
        default="Libertinus Serif",
        description="of letters on paper; the default comes with the typesetter",
    )
    font_folder: Path | None = Field(
        default=None, description="more fonts; those of the machine are never taken"
    )
    letters_from_hour: int = Field(
        default=9, ge=0, le=23, description="the civil hour from which letters are sent"
    )
    letters_to_hour: int = Field(
        default=20, ge=1, le=24, description="and before which; after those of the beginning"
    )

    @cached_property
    def time_limit_rules(self) -> TimeLimitRules:
        """The rules of the time limits, read from `limits_file`."""
        return read_limits_file(self.limits_file, TimeLimitRules)

    @model_validator(mode="after")
    def _check_limits_file(self) -> Self:
        """Raises `ValueError` for a file of limits that could not be followed."""
        read_limits_file(self.limits_file, TimeLimitRules)
        return self

    @model_validator(mode="after")
    def _check_statement_number(self) -> Self:
        """Raises `ValueError` for a format that gives no numbers, or one number twice."""
        samples = {"centre": "78.041", "serial": 1, "year": 2026}
        check_template(self.statement_number_format, samples, required=["serial"])
        return self

    @model_validator(mode="after")
    def _check_letter_hours(self) -> Self:
        if self.letters_from_hour >= self.letters_to_hour:
            raise ValueError("letters are sent from one hour to a later one")
        return self


ApplicationsContext = CommandContext[ApplicationsSettings]
"""The context of this service's commands."""
