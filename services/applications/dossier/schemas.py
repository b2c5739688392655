"""Answers that show a whole application, or a list of them."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from services.applications.access.schemas import DisclosureAnswer
from services.applications.appeals.schemas import AppealAnswer
from services.applications.application.schemas import (
    Centre,
    HistoryFacts,
    Payer,
    RecertifiedCertificate,
    Representative,
    RowAnswer,
)
from services.applications.application.status import Actor, Command, Status
from services.applications.application.values import (
    MOST_ROUNDS,
    ApplicationId,
    CaseNumber,
    CouncilName,
    LanguageCode,
    QualificationId,
    QualificationName,
    QualificationVersionNumber,
    RecordedActor,
    RecordedCentreNumber,
    RecordedCertificateNumber,
    RecordedEmail,
    RecordedFamilyName,
    RecordedGivenName,
    RecordedLine,
    RecordedPatronymic,
    RecordedText,
)
from services.applications.decision.schemas import CertificateAnswer, DecisionAnswer, DeliveryAnswer
from services.applications.documents.requirements import DocumentCheck
from services.applications.documents.rules import MOST_DOCUMENTS
from services.applications.documents.schemas import DocumentAnswer
from services.applications.examination.schemas import AppointmentAnswer, ExaminationAnswer
from services.applications.intake.identity_document import IdentityDocument
from services.applications.intake.schemas import (
    PAYER,
    RECERTIFIES,
    REPRESENTATIVE,
    ConsentAnswer,
    NotifyBy,
)
from services.applications.limits.schemas import TimeLimitAnswer
from services.applications.review.schemas import ReviewAnswer
from shared.schemas import Revision

MOST_LINES = 1_000_000
"""More than a file's history and its disclosures have in all the years of its keeping."""
ApplicationStatus = Annotated[Status, Field(description="how far the application has come")]
SubmittedAt = Annotated[
    datetime, Field(description="instant at which it was submitted, or left as a draft")
]


class QualificationSummary(RowAnswer):
    """The version of the qualification that the application is for."""

    id: QualificationId
    version: QualificationVersionNumber
    registry_number: str | None = Field(
        max_length=20,
        description="number of the qualification in the registry, once it has one",
        examples=["40.05800.01"],
    )
    name: QualificationName
    council: CouncilName
    level: int = Field(ge=1, le=9, description="level of the qualification", examples=[5])
    validity_term: str = Field(
        max_length=20,
        description="how long its certificates are valid, as an ISO 8601 period",
        examples=["P3Y"],
    )


class ApplicantAnswer(RowAnswer):
    """The applicant, with contacts; empty once the file was erased."""

    family_name: RecordedFamilyName | None
    given_name: RecordedGivenName | None
    patronymic: RecordedPatronymic | None
    birth_date: date | None = Field(description="civil day of birth", examples=["1994-05-17"])
    email: RecordedEmail | None
    phone: str | None = Field(
        max_length=40,
        description="telephone number, as it was written",
        examples=["+7 495 000-00-00"],
    )
    address: RecordedLine | None = Field(
        description="where the applicant is registered",
        examples=["Санкт-Петербург, Галерная ул., 3, кв. 12"],
    )


class ApplicationAnswer(BaseModel):
    """An application with its documents, their check, the procedure's rows and time limits."""

    id: ApplicationId
    number: CaseNumber
    status: ApplicationStatus
    acts_next: Actor | None = Field(description="who acts next; absent in a final status")
    allowed_commands: list[Command] = Field(
        max_length=len(Command), description="the commands that the status allows"
    )
    revision: Revision
    submitted_at: SubmittedAt
    received_on: date = Field(description="civil day of receipt, from which limits run")
    qualification: QualificationSummary = Field(description="what is to be confirmed")
    applicant: ApplicantAnswer = Field(description="who applies")
    identity_document: IdentityDocument | None = Field(
        description="the identity document; only who examines or the applicant sees it"
    )
    centre: Centre = Field(description="the centre that was applied to")
    notify_by: NotifyBy | None
    language: LanguageCode
    postal_address: RecordedLine | None = Field(
        description="address for the certificate by post",
        examples=["190000, Санкт-Петербург, а/я 17"],
    )
    payer: Payer | None = Field(description=PAYER)
    representative: Representative | None = Field(description=REPRESENTATIVE)
    recertifies: RecertifiedCertificate | None = Field(description=RECERTIFIES)
    previous_id: ApplicationId | None = Field(
        description="identifier of the application that this one renews"
    )
    consent_withdrawn_at: datetime | None = Field(
        description="instant at which the consent was withdrawn, if so"
    )
    documents: list[DocumentAnswer] = Field(
        max_length=MOST_DOCUMENTS, description="the attached documents"
    )
    check: DocumentCheck = Field(description="what the documents prove, and what is missing")
    reviewer: RecordedActor | None = Field(description="who took the review, by name")
    review: ReviewAnswer | None = Field(description="the latest review")
    admitted_on: date | None = Field(description="civil day of admission to the examination")
    appointment: AppointmentAnswer | None = Field(description="the latest appointment")
    examination: ExaminationAnswer | None = Field(description="the latest examination")
    decision: DecisionAnswer | None = Field(description="the council's latest decision")
    certificate: CertificateAnswer | None = Field(description="the certificate that came of it")
    delivery: DeliveryAnswer | None = Field(description="how the document reached the person")
    limits: list[TimeLimitAnswer] = Field(
        json_schema_extra={"maxItems": MOST_ROUNDS}, description="the limits of law, as they began"
    )
    appeals: list[AppealAnswer] = Field(
        json_schema_extra={"maxItems": MOST_ROUNDS}, description="the appeals, as they were filed"
    )
    closed_on: date | None = Field(description="civil day on which the procedure ended")
    kept_until: date | None = Field(description="last civil day on which the file is kept")
    erased_on: date | None = Field(description="civil day on which the file was erased")


class ApplicationSummary(RowAnswer):
    """An application in a list, without birth date and contacts."""

    id: ApplicationId
    number: CaseNumber
    status: ApplicationStatus
    submitted_at: SubmittedAt
    qualification_id: QualificationId
    qualification_version: QualificationVersionNumber
    family_name: RecordedFamilyName | None
    given_name: RecordedGivenName | None
    patronymic: RecordedPatronymic | None
    centre_number: RecordedCentreNumber


class HistoryAnswer(RowAnswer):
    """A change of an application: a line of its history."""

    at: datetime = Field(description="instant of the change")
    actor: RecordedActor
    command: str = Field(
        pattern=r"^[a-z_]{1,60}$", description="what was done", examples=["submit"]
    )
    from_status: Status | None = Field(description="status before; absent in the first line")
    to_status: Status = Field(description="status after")
    detail: RecordedText | None = Field(
        description="the reason, in the actor's own words",
        examples=["Нет удостоверения о подготовке."],
    )
    facts: HistoryFacts | None = Field(
        description="what the line is about; absent once the file was erased"
    )


class Referral(BaseModel):
    """What an employer may see of a person whom it referred.

    The result only where the contract says that it is shared with the employer (decree 1204,
    item 18).
    """

    application_id: ApplicationId
    number: CaseNumber
    family_name: RecordedFamilyName | None
    given_name: RecordedGivenName | None
    patronymic: RecordedPatronymic | None
    qualification_id: QualificationId
    centre_number: RecordedCentreNumber
    examination: AppointmentAnswer | None = Field(
        description="place and time of the examination, agreed with the employer, too"
    )
    result_shared_with_employer: bool = Field(
        description="whether the employer learns the result by contract"
    )
    status: Status | None = Field(
        description="how far the application has come, where the result is shared"
    )
    certificate_number: RecordedCertificateNumber | None = Field(
        description="number of the certificate, where the result is shared"
    )
    certificate_issued_on: date | None = Field(
        description="civil day of issue, where the result is shared"
    )


class PersonalData(BaseModel):
    """All data held of a person in one application: their right to know (152-FZ, art. 14)."""

    application: ApplicationAnswer = Field(description="the application, whole")
    consent: ConsentAnswer | None = Field(description="the consent that came with it")
    history: list[HistoryAnswer] = Field(
        json_schema_extra={"maxItems": MOST_LINES}, description="every change, oldest first"
    )
    disclosures: list[DisclosureAnswer] = Field(
        json_schema_extra={"maxItems": MOST_LINES}, description="who looked at it, and when"
    )
