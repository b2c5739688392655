"""Answers that show a whole application, or a list of them."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.applications.access.schemas import DisclosureAnswer
from services.applications.appeals.schemas import AppealAnswer
from services.applications.application.schemas import (
    CaseNumber,
    Centre,
    HistoryFacts,
    Payer,
    RecertifiedCertificate,
    Representative,
    RowAnswer,
)
from services.applications.application.status import Actor, Command, Status
from services.applications.decision.schemas import CertificateAnswer, DecisionAnswer, DeliveryAnswer
from services.applications.documents.requirements import DocumentCheck
from services.applications.documents.schemas import DocumentAnswer
from services.applications.examination.schemas import AppointmentAnswer, ExaminationAnswer
from services.applications.intake.schemas import ConsentAnswer, IdentityDocument
from services.applications.limits.schemas import TimeLimitAnswer
from services.applications.review.schemas import ReviewAnswer


class QualificationSummary(RowAnswer):
    """The version of the qualification that the application is for."""

    id: UUID
    version: int
    registry_number: str | None
    name: str
    council: str
    level: int
    validity_term: str


class ApplicantAnswer(RowAnswer):
    """The applicant, with contacts; empty once the file was erased."""

    family_name: str | None
    given_name: str | None
    patronymic: str | None
    birth_date: date | None
    email: str | None
    phone: str | None
    address: str | None


class ApplicationAnswer(BaseModel):
    """An application with its documents, their check, the procedure's rows and time limits."""

    id: UUID
    number: CaseNumber
    status: Status
    acts_next: Actor | None = Field(description="absent in a final status")
    allowed_commands: list[Command] = Field(description="the commands that the status allows")
    revision: int
    submitted_at: datetime
    received_on: date
    qualification: QualificationSummary
    applicant: ApplicantAnswer
    identity_document: IdentityDocument | None = Field(
        description="only who examines or the applicant sees it"
    )
    centre: Centre
    notify_by: str | None
    language: str
    postal_address: str | None
    payer: Payer | None
    representative: Representative | None
    recertifies: RecertifiedCertificate | None
    previous_id: UUID | None
    consent_withdrawn_at: datetime | None
    documents: list[DocumentAnswer]
    check: DocumentCheck
    reviewer: str | None
    review: ReviewAnswer | None = Field(description="the latest")
    admitted_on: date | None
    appointment: AppointmentAnswer | None
    examination: ExaminationAnswer | None
    decision: DecisionAnswer | None
    certificate: CertificateAnswer | None
    delivery: DeliveryAnswer | None
    limits: list[TimeLimitAnswer]
    appeals: list[AppealAnswer]
    closed_on: date | None
    kept_until: date | None
    erased_on: date | None


class ApplicationSummary(RowAnswer):
    """An application in a list, without birth date and contacts."""

    id: UUID
    number: CaseNumber
    status: Status
    submitted_at: datetime
    qualification_id: UUID
    qualification_version: int
    family_name: str | None
    given_name: str | None
    patronymic: str | None
    centre_number: str


class HistoryAnswer(RowAnswer):
    """A change of an application: a line of its history."""

    at: datetime
    actor: str
    command: str
    from_status: Status | None
    to_status: Status
    detail: str | None = Field(description="the reason, in the actor's own words")
    facts: HistoryFacts | None = Field(
        description="what the line is about; absent once the file was erased"
    )


class Referral(BaseModel):
    """What an employer may see of a person whom it referred.

    The result only where the contract says that it is shared with the employer (decree 1204,
    item 18).
    """

    application_id: UUID
    number: CaseNumber
    family_name: str | None
    given_name: str | None
    patronymic: str | None
    qualification_id: UUID
    centre_number: str
    examination: AppointmentAnswer | None = Field(description="agreed with the employer, too")
    result_shared_with_employer: bool
    status: Status | None
    certificate_number: str | None
    certificate_issued_on: date | None


class PersonalData(BaseModel):
    """All data held of a person in one application: their right to know (152-FZ, art. 14)."""

    application: ApplicationAnswer
    consent: ConsentAnswer | None
    history: list[HistoryAnswer]
    disclosures: list[DisclosureAnswer] = Field(description="who looked at it, and when")
