"""Events of certificates: issue, changes, notices, registration, capacity. No people's names."""

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events.base import Event
from shared.events.values import (
    MAX_INTEGER,
    MAX_POSITION,
    EventApplicationId,
    EventCertificateNumber,
    EventCode,
    EventDecisionOrdinal,
    EventPhrase,
    EventQualificationId,
    EventQualificationVersion,
    EventStatementNumber,
)
from shared.schemas import is_none
from shared.stated import Stated


class CertificateEvent(Event):
    """The members common to all events about a certificate."""

    TOPIC: ClassVar[str] = "certificates.certificate"

    certificate_id: UUID = Field(description="the certificate's id")
    number: EventCertificateNumber
    application_id: EventApplicationId
    qualification_id: EventQualificationId
    qualification_version: EventQualificationVersion
    valid_until: date = Field(description="the certificate's last civil day as printed")
    ends_on: date = Field(description="its last civil day of validity now, by all changes")

    @property
    def key(self) -> str:
        """The certificate's id."""
        return str(self.certificate_id)


class CertificateIssued(CertificateEvent):
    """A certificate was issued for an approved application; valid through `ends_on`.

    After another decision to certify the same application it is said again of the certificate that
    stands, with the decision's ordinal.
    """

    TYPE: ClassVar[str] = "certificates.certificate.issued.v1"

    issued_on: date = Field(description="the civil day of issue")
    decision_ordinal: EventDecisionOrdinal = None


class CertificateChanged(CertificateEvent):
    """A certificate was changed after its issue; `ends_on` is its last day now.

    `kind` is one of extended, shortened, superseded, restored, corrected, annulled, suspended,
    reinstated, withdrawn; for an unknown one the consumer asks verification. A certificate that
    was superseded may still be valid, until its end; `restored` says that its successor was
    annulled.
    """

    TYPE: ClassVar[str] = "certificates.certificate.changed.v1"

    kind: EventCode = Field(description="what was done", examples=["extended"])
    effective_on: date = Field(description="the civil day from which it counts")
    successor: EventCertificateNumber | None = Field(
        default=None,
        description="the number of the holder's newer certificate; of `restored`: the annulled one",
    )


class CertificateDuplicated(CertificateEvent):
    """A duplicate was issued; the number stays, `issued_on` is the duplicate's own day."""

    TYPE: ClassVar[str] = "certificates.certificate.duplicated.v1"

    issued_on: date = Field(description="the civil day of the duplicate's issue")
    ground: EventCode = Field(description="why it was asked for", examples=["loss"])


class RenewalDays(BaseModel):
    """The days on which renewal is suggested, inclusive, and the page that explains them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    starts_on: date = Field(description="the first civil day")
    ends_on: date = Field(description="the last civil day")
    url: Annotated[str, Stated(2000, 1)] = Field(description="the page that explains the days")


class CertificateRenewalDue(CertificateEvent):
    """The remaining validity fell to a threshold of its plan, for the first time.

    `window` is absent where none is suggested, or where it is over.
    """

    TYPE: ClassVar[str] = "certificates.certificate.renewal_due.v1"

    threshold_days: Annotated[int, Stated(MAX_INTEGER, 1)] = Field(
        description="days before the end at which this notice was due"
    )
    noticed_on: date = Field(description="the civil day of this notice")
    window: RenewalDays | None = Field(
        default=None, exclude_if=is_none, description="the days on which renewal is suggested"
    )


class CertificateExpired(CertificateEvent):
    """The last day of validity has passed."""

    TYPE: ClassVar[str] = "certificates.certificate.expired.v1"

    noticed_on: date = Field(description="the civil day of this notice")


class StatementIssued(Event):
    """A not-passed statement was issued for an application that was not confirmed."""

    TYPE: ClassVar[str] = "certificates.statement.issued.v1"
    TOPIC: ClassVar[str] = "certificates.statement"

    application_id: EventApplicationId
    number: EventStatementNumber
    issued_on: date = Field(description="the civil day of issue")

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

    application_id: EventApplicationId
    subject_id: UUID = Field(description="the id of what was registered")
    subject: EventCode = Field(description="`certificate` or `statement`")
    event: EventCode = Field(description="the feed entry's event", examples=["issued"])
    version: Annotated[int, Stated(MAX_INTEGER, 1)] = Field(
        default=1,
        description="the version of the record: after an appeal a statement can have several",
    )
    position: Annotated[int, Stated(MAX_POSITION, 1)] = Field(
        description="the feed entry's place in the feed"
    )

    @property
    def key(self) -> str:
        """The application's id."""
        return str(self.application_id)


class RegistrationEntered(RegistrationEvent):
    """The registry has entered the feed entry under a record number."""

    TYPE: ClassVar[str] = "certificates.registration.entered.v1"

    record_number: EventPhrase = Field(description="the number of the registry's record")
    entered_on: date = Field(description="the civil day of the entry")


class RegistrationRefused(RegistrationEvent):
    """The registry has refused the feed entry, with its reason."""

    TYPE: ClassVar[str] = "certificates.registration.refused.v1"

    reason: EventPhrase = Field(description="the registry's reason")


class RenewalCapacityChanged(Event):
    """How many examinations of a qualification its centres can take a day is another number now.

    By it days for renewal are spread. Of several the one with the latest `known_at` stands,
    whenever it comes.
    """

    TYPE: ClassVar[str] = "certificates.renewal_capacity.changed.v1"
    TOPIC: ClassVar[str] = "certificates.renewal_capacity"

    qualification_id: EventQualificationId
    council: Annotated[str, Stated(500, 1)] = Field(description="the sector council's name")
    places_per_day: Annotated[int, Stated(MAX_INTEGER, 1)] = Field(
        description="examinations that all centres together take on a working day"
    )
    is_stated: bool = Field(
        description="whether the council states it; otherwise it is measured by what was issued"
    )
    known_at: datetime = Field(description="when it was stated or measured")

    @property
    def key(self) -> str:
        """The qualification's id."""
        return str(self.qualification_id)
