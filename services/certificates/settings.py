"""Settings of the certificates service."""

from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from limits import parse as parse_rate
from pydantic import Field, SecretStr, field_validator, model_validator

from services.certificates.certificate.number import check_number_format
from shared.clock import check_period
from shared.context import CommandContext
from shared.delivery.mail_settings import MailSettings
from shared.delivery.webhook_settings import WebhookSettings
from shared.encryption import KeyringSettings
from shared.settings import service_config
from shared.signing import Signer
from shared.time_limits import LimitsOfLaw, find_limit, read_limits_file

DEFAULT_LIMITS_FILE = Path(__file__).parent / "limits.json"
DUPLICATE_LIMIT, REGISTRY_LIMIT = "duplicate", "registry_entry"
"""The limits that the file names in any case."""


class CertificatesSettings(KeyringSettings, MailSettings, WebhookSettings):
    """The settings of the certificates service: API, worker and scheduler."""

    model_config = service_config("certificates")

    service: str = "certificates"
    numbers: Literal["own", "registry"] = Field(
        default="own",
        description="who gives numbers: this service by its serial, or the registry, which order "
        "725n, item 5, names; then a certificate is issued when its number comes",
    )
    number_format: str = Field(
        default="{code}.{serial:08d}.{expiry_year:02d}",
        description="of `code`, `serial` and `expiry_year` (its last two digits)",
    )
    unnumbered_code: str = Field(
        default="{area}.{standard}00.00",
        description="the code of a qualification that the registry has not numbered; of the "
        "standard's `area` and `standard` numbers, zeros where there is no standard",
    )
    expiring_days: int = Field(
        default=90,
        ge=0,
        description="verification says `expiring` from so many days before the end",
    )
    supersession_ends: bool = Field(
        default=False,
        description="a certificate whose holder has a newer one of the same qualification is "
        "`superseded` and proves nothing; the national acts know no such end, so without this it "
        "stays valid until its last day, and the newer one is named",
    )
    renewal_lead_days: int = Field(
        default=210, ge=1, description="so many days before its end a certificate gets its window"
    )
    renewal_earliest_days: int = Field(
        default=180, ge=1, description="windows end at most so many days before the certificate"
    )
    renewal_latest_days: int = Field(
        default=45, ge=1, description="windows end at least so many days before the certificate"
    )
    renewal_window_days: int = Field(default=7, ge=1, description="days in one window")
    renewal_measured_weeks: int = Field(
        default=26,
        ge=1,
        description="a capacity that no council has stated is measured by what was issued in so "
        "many weeks",
    )
    renewal_capacity_factor: float = Field(
        default=1.2, gt=0, description="it is so many times what was issued on a working day"
    )
    renewal_batch: int = Field(
        default=20_000, ge=1, description="windows in one transaction of the scheduler"
    )
    pull_forward_rows: int = Field(
        default=50_000, ge=1, description="certificates whose windows one act of a council moves"
    )
    extension_rows: int = Field(
        default=50_000, ge=1, description="certificates that one request to extend looks at"
    )
    renewal_retry_seconds: int = Field(
        default=21_600,
        ge=1,
        description="after so many seconds a program may ask again for the window of a certificate",
    )
    verification_rows: int = Field(
        default=1000,
        ge=1,
        le=10_000,
        description="certificates in one question",
    )
    iso_measures: bool = Field(
        default=False,
        description="suspension and withdrawal as ISO/IEC 17024, 9.5, knows them; the national "
        "acts do not",
    )
    statement_term: str = Field(
        default="P1Y", description="the names on a not-passed statement are kept so long"
    )
    limits_file: Path = Field(
        default=DEFAULT_LIMITS_FILE,
        description="the limits of law, each with its source, and those that councils have of their"
        " own",
    )
    signing_keys: SecretStr = Field(
        description="a JWK set of private P-256 keys; the first signs, all are published"
    )
    font: str = Field(
        default="Libertinus Serif",
        description="of the printed documents; the default comes with the typesetter. Order 725n "
        "names Times New Roman: with a licence, name it here and its folder below",
    )
    font_folder: Path | None = Field(
        default=None, description="more fonts; those of the machine are never taken"
    )
    limits_storage: str = Field(
        default="memory://",
        description="where clients' questions are counted; redis://... for many processes",
    )
    public_rate: str = Field(
        default="120/minute", description="questions of one address, without a token"
    )
    public_unknown_rate: str = Field(
        default="30/hour",
        description="of them about certificates that do not exist: more looks like guessing",
    )
    client_rate: str = Field(
        default="120000/minute", description="certificates that one token's subject may ask for"
    )
    client_unknown_rate: str = Field(default="20000/hour", description="of them that do not exist")
    client_daily_job_rows: int = Field(
        default=1_000_000, ge=1, description="rows in one subject's jobs within a day"
    )
    client_daily_wrong_names: int = Field(
        default=20_000,
        ge=1,
        description="names in one subject's jobs within a day that are not the holder's: more "
        "looks like guessing, and then jobs with names are refused",
    )
    job_rows: int = Field(default=100_000, ge=1, le=1_000_000, description="rows in one job")
    job_days: int = Field(default=7, ge=1, description="a job is kept so long")
    cache_seconds: int = Field(
        default=60,
        ge=0,
        description="how long others may keep a verdict without asking; never past midnight",
    )
    batch_rows: int = Field(
        default=1000,
        ge=1,
        le=10_000,
        description="numbers or receipts in one request of the registry",
    )
    stream_limit_bytes: int = Field(
        default=268_435_456, ge=1024, description="NDJSON bodies: jobs, the registry's copy"
    )
    feed_page: int = Field(
        default=1000, ge=1, le=10_000, description="entries of the feed in one page, at most"
    )
    first_load_batch: int = Field(
        default=2000,
        ge=1,
        description="certificates in one transaction of the first load into the feed",
    )
    roster_subscriptions: int = Field(
        default=50, ge=1, description="open subscriptions of one employer to rosters"
    )
    roster_term: str = Field(default="P3Y", description="a subscription ends within so long")
    roster_enrolments: int = Field(
        default=500_000, ge=1, description="certificates enrolled in one subscription"
    )
    roster_batch: int = Field(
        default=5000, ge=1, description="changes and events in one transaction of the sequencer"
    )
    roster_page: int = Field(
        default=1000, ge=1, le=10_000, description="events of a roster in one answer, at most"
    )
    roster_wait_seconds: float = Field(
        default=20, ge=0, description="how long a question for events may wait for one"
    )
    roster_waiting: int = Field(
        default=500, ge=1, description="questions that wait for events in one process"
    )
    roster_employer_waiting: int = Field(
        default=10, ge=1, description="of them those of one employer"
    )
    roster_retention_days: int = Field(
        default=400, ge=1, description="events of rosters are kept so long, by months"
    )
    roster_erasure_days: int = Field(
        default=30,
        ge=0,
        description="so long after a subscription's end the content of its events is erased",
    )
    roster_record_days: int = Field(
        default=1096,
        ge=1,
        description="so long after its end an enrolment is kept, as the record of a disclosure",
    )
    poll_seconds: float = Field(
        default=1, gt=0, description="the net under LISTEN/NOTIFY: feed, rosters, jobs"
    )
    scan_interval_seconds: float = Field(
        default=300, gt=0, description="how often the scheduler looks for notices that are due"
    )
    expiry_weeks_interval_seconds: float = Field(
        default=3600,
        gt=0,
        description="how often certificates are counted by the week they end in",
    )
    scan_batch: int = Field(
        default=2000, ge=1, description="certificates in one transaction of the scan"
    )

    @model_validator(mode="after")
    def _check_number_format(self) -> Self:
        """Raises `ValueError` when the formats give numbers that verification would refuse."""
        check_number_format(self.number_format, self.unnumbered_code)
        return self

    @model_validator(mode="after")
    def _check_limits(self) -> Self:
        """Raises `ValueError` for a file of limits that could not be followed."""
        for name in (DUPLICATE_LIMIT, REGISTRY_LIMIT):
            find_limit(self.limits_of_law.limits, name)
        return self

    @model_validator(mode="after")
    def _check_renewal_days(self) -> Self:
        """Raises `ValueError` when windows would end outside the time that is left for them."""
        if self.renewal_latest_days > self.renewal_earliest_days:
            raise ValueError("renewal_latest_days is above renewal_earliest_days")
        if self.renewal_earliest_days + self.renewal_window_days > self.renewal_lead_days:
            raise ValueError("renewal_lead_days is below renewal_earliest_days and a window")
        return self

    @field_validator(*("statement_term", "roster_term"))
    @classmethod
    def _validate_period(cls, value: str) -> str:
        return check_period(value)

    @field_validator(
        "public_rate",
        "public_unknown_rate",
        "client_rate",
        "client_unknown_rate",
    )
    @classmethod
    def _validate_rate(cls, value: str) -> str:
        parse_rate(value)
        return value

    @cached_property
    def limits_of_law(self) -> LimitsOfLaw:
        """The limits of law, read from `limits_file`."""
        return read_limits_file(self.limits_file, LimitsOfLaw)

    def find_last_day(self, limit_name: str, begun_on: date, council: str | None = None) -> date:
        """The last day of the limit of this name, by the rules of the council."""
        limit = find_limit(self.limits_of_law.limits, limit_name)
        return limit.last_day(begun_on, self.work_calendar, council).due_on

    @cached_property
    def signer(self) -> Signer:
        """Signs evidence and manifests. Raises `ValueError` when the keys are no JWK set."""
        return Signer(self.signing_keys, self.site_url)


CertificatesContext = CommandContext[CertificatesSettings]
"""What the commands of this service are run with."""
