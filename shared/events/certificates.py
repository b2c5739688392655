"""Events of certificates: issue, changes, notices, registration. No names of people."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events.base import Event
from shared.schemas import is_none


class CertificateEvent(Event):
    """The members common to all events about a certificate."""

    TOPIC: ClassVar[str] = "certificates.certificate"

    certificate_id: UUID
    number: str
    application_id: UUID
    qualification_id: UUID
    qualification_version: int
    valid_until: date

    @property
    def key(self) -> str:
        """The certificate's id."""
        return str(self.certificate_id)


class CertificateIssued(CertificateEvent):
    """A certificate was issued for an approved application; valid through `valid_until`."""

    TYPE: ClassVar[str] = "certificates.certificate.issued.v1"

    issued_on: date


class CertificateChanged(CertificateEvent):
    """A certificate was changed after its issue; `valid_until` is its last day now.

    `kind` is one of extended, superseded, annulled, suspended, reinstated, withdrawn; for an
    unknown one the consumer asks verification.
    """

    TYPE: ClassVar[str] = "certificates.certificate.changed.v1"

    kind: str
    effective_on: date
    successor: str | None = None


class CertificateDuplicated(CertificateEvent):
    """A duplicate was issued; the number stays, `issued_on` is the duplicate's own day."""

    TYPE: ClassVar[str] = "certificates.certificate.duplicated.v1"

    issued_on: date
    ground: str


class RenewalDays(BaseModel):
    """The days on which renewal is suggested, inclusive, and the page that explains them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    starts_on: date
    ends_on: date
    url: str


class CertificateRenewalDue(CertificateEvent):
    """The remaining validity fell to a threshold of its plan, for the first time.

    `window` is absent where none is suggested, or where it is over.
    """

    TYPE: ClassVar[str] = "certificates.certificate.renewal_due.v1"

    threshold_days: int
    noticed_on: date
    window: RenewalDays | None = Field(default=None, exclude_if=is_none)


class CertificateExpired(CertificateEvent):
    """The last day of validity has passed."""

    TYPE: ClassVar[str] = "certificates.certificate.expired.v1"

    noticed_on: date


class StatementIssued(Event):
    """A not-passed statement was issued for an application that was not confirmed."""

    TYPE: ClassVar[str] = "certificates.statement.issued.v1"
    TOPIC: ClassVar[str] = "certificates.statement"

    application_id: UUID
    number: str
    issued_on: date

    @property
    def key(self) -> str:
        """The application's id."""
        return str(self.application_id)


class RegistrationEvent(Event):
    """The members common to all events about the national registry's receipts.

    `subject_id` is the certificate's id; for a statement, the application's. `event` is the feed
    entry's event, `position` its place in the feed.
    """

    TOPIC: ClassVar[str] = "certificates.registration"

    application_id: UUID
    subject_id: UUID
    subject: str
    event: str
    position: int

    @property
    def key(self) -> str:
        """The application's id."""
        return str(self.application_id)


class RegistrationEntered(RegistrationEvent):
    """The registry has entered the feed entry under a record number."""

    TYPE: ClassVar[str] = "certificates.registration.entered.v1"

    record_number: str
    entered_on: date


class RegistrationRefused(RegistrationEvent):
    """The registry has refused the feed entry, with its reason."""

    TYPE: ClassVar[str] = "certificates.registration.refused.v1"

    reason: str
