"""The whole application as an answer."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.applications.access.schemas import Looked
from services.applications.appeals.schemas import Appeal
from services.applications.application.schemas import Centre, RowAnswer
from services.applications.application.status import Actor, Status
from services.applications.decision.schemas import Certificate, Decision, Delivery
from services.applications.documents.requirements import Check
from services.applications.documents.schemas import Document
from services.applications.examination.schemas import Appointment, Examination
from services.applications.limits.schemas import TimeLimit
from services.applications.review.schemas import Review


class QualificationSummary(RowAnswer):
    """The version of the qualification that is applied for."""

    id: UUID
    version: int
    registry_number: str | None
    name: str
    council: str
    level: int
    validity_term: str


class ApplicantShown(RowAnswer):
    """The applicant, with contacts; empty once the file was erased."""

    family_name: str | None
    given_name: str | None
    patronymic: str | None
    birth_date: date | None
    email: str | None
    phone: str | None
    address: str | None


class Application(BaseModel):
    """An application, with the check of its documents and its limits."""

    id: UUID
    status: Status
    acts_next: Actor | None = Field(description="absent in a final status")
    possible: list[str] = Field(description="the commands that the status allows")
    revision: int
    submitted_at: datetime
    received_on: date
    qualification: QualificationSummary
    applicant: ApplicantShown
    identity_document: dict[str, Any] | None = Field(
        description="only who examines or the applicant sees it"
    )
    centre: Centre
    notify_by: str | None
    postal_address: str | None
    payer: dict[str, Any] | None
    representative: dict[str, Any] | None
    recertifies: dict[str, Any] | None
    previous_id: UUID | None
    consent_withdrawn_at: datetime | None
    documents: list[Document]
    check: Check
    reviewer: str | None
    review: Review | None = Field(description="the latest")
    admitted_on: date | None
    appointment: Appointment | None
    examination: Examination | None
    decision: Decision | None
    certificate: Certificate | None
    delivery: Delivery | None
    limits: list[TimeLimit]
    appeals: list[Appeal]
    closed_on: date | None
    kept_until: date | None
    erased_on: date | None


class ApplicationSummary(RowAnswer):
    """An application in a list: without birth date and contacts."""

    id: UUID
    status: Status
    submitted_at: datetime
    qualification_id: UUID
    qualification_version: int
    family_name: str | None
    given_name: str | None
    patronymic: str | None
    centre_number: str


class Step(RowAnswer):
    """A change of an application."""

    at: datetime
    actor: str
    command: str
    from_status: Status | None
    to_status: Status
    detail: str | None


class Referral(BaseModel):
    """What an employer may know of somebody whom it referred.

    The result only where the contract says that the employer is told (decree 1204, item 18).
    """

    application_id: UUID
    family_name: str | None
    given_name: str | None
    patronymic: str | None
    qualification_id: UUID
    centre_number: str
    examination: Appointment | None = Field(description="agreed with the employer, too")
    told_by_contract: bool
    status: Status | None
    certificate_number: str | None
    certificate_issued_on: date | None


class PersonalData(BaseModel):
    """All that is held of a person in one application: their right to know (152-FZ, art. 14)."""

    application: Application
    consent: dict[str, Any] | None
    history: list[Step]
    readings: list[Looked] = Field(description="who looked at it, and when")
