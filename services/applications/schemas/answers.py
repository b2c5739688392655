"""What the applications service answers with."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.applications.lifecycle.limits import LimitState
from services.applications.lifecycle.requirements import Check
from services.applications.lifecycle.rules import Result
from services.applications.lifecycle.status import Actor, Status
from services.applications.schemas.appeals import Appeal
from services.applications.schemas.form import Centre
from shared.problems import FieldError


class _Row(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class QualificationSummary(_Row):
    """The version of the qualification that is applied for."""

    id: UUID
    version: int
    registry_number: str | None
    name: str
    council: str
    level: int
    validity_term: str


class Document(_Row):
    """A document of an application."""

    id: UUID
    kind: str
    months: int | None
    field: str | None
    file_name: str
    size: int
    sha256: str
    media_type: str = Field(description="as the content shows")
    scan: str = Field(description="the antivirus: clean, or not_configured")
    attached_at: datetime


class DownloadLink(BaseModel):
    """Where a file can be had for a short time."""

    path: str
    expires_at: datetime


class Attached(Document):
    """A document just attached, and what is missing still."""

    check: Check


class Review(_Row):
    """What the centre found."""

    outcome: str
    remarks: list[dict[str, Any]]
    reviewer: str
    reviewed_at: datetime


class Appointment(_Row):
    """When and where the candidate is examined."""

    place: str
    starts_at: datetime
    agreed_on: date
    agreed_with: list[str]
    reason: str | None


class Examination(_Row):
    """How the examination went."""

    began_on: date
    held_on: date
    theory: Result
    practice: Result | None
    parts: list[dict[str, Any]]
    instrument: str | None
    protocol_number: str
    commission: list[dict[str, Any]]
    materials: list[str]


class Decision(_Row):
    """What the council decided."""

    outcome: str
    decided_on: date
    protocol_number: str
    members: list[str]
    recommendation: str | None
    statement_number: str | None


class Delivery(_Row):
    """How the document reached the person, and the registry's entry."""

    handed_over_on: date | None
    handed_over_by: str | None
    registry_record: str | None
    registry_entered_on: date | None


class TimeLimit(_Row):
    """A limit of law on one application."""

    name: str
    state: LimitState
    begun_on: date
    due_on: date = Field(description="the last day")
    days_left: int | None = Field(description="negative when late; absent when it has ended")
    ended_on: date | None
    answers: str = Field(description="who must act")
    source: str
    appeal_id: UUID | None


class Certificate(_Row):
    """The certificate that was issued."""

    certificate_id: UUID
    number: str
    issued_on: date
    valid_until: date


class ApplicantShown(_Row):
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


class ApplicationSummary(_Row):
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


class Step(_Row):
    """A change of an application."""

    at: datetime
    actor: str
    command: str
    from_status: Status | None
    to_status: Status
    detail: str | None


class Statement(BaseModel):
    """The statement for a candidate whose qualification was not confirmed (order 725n)."""

    number: str
    issued_on: date
    family_name: str | None
    given_name: str | None
    patronymic: str | None
    examined_from: date
    examined_to: date
    qualification: str
    result: str
    recommendation: str | None
    council: str
    centre: Centre


class LimitInList(TimeLimit):
    """A limit, with the application that it runs on."""

    application_id: UUID
    centre_number: str


class LimitCount(_Row):
    """How many limits of a centre stand so."""

    centre: str
    limit: str
    state: LimitState
    number: int


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


class ConsentText(_Row):
    """A version of the text of consent."""

    version: str
    text: str
    in_force_from: date


class Looked(_Row):
    """Somebody looked at personal data; `what` is the route's address."""

    at: datetime
    subject: str
    part: str
    what: str


class PersonalData(BaseModel):
    """All that is held of a person in one application: their right to know (152-FZ, art. 14)."""

    application: Application
    consent: dict[str, Any] | None
    history: list[Step]
    readings: list[Looked] = Field(description="who looked at it, and when")


class ErasureAct(_Row):
    """The act of erasure, with the extract of the log, and what is left today: nothing."""

    application_id: UUID
    act_number: str
    erased_at: datetime
    basis: str
    log: list[dict[str, Any]]
    left: dict[str, int] = Field(description="counted now")
    files_left: list[str] = Field(description="found in the store now")


class RowTaken(BaseModel):
    """What became of one row of a group."""

    row: int = Field(description="counted from 1, without the heading")
    application_id: UUID | None = None
    rule: str | None = None
    detail: str | None = None
    errors: list[FieldError] = Field(default_factory=list)


class GroupTaken(BaseModel):
    """What became of a group: each row is answered on its own."""

    taken: int
    refused: int
    rows: list[RowTaken]
