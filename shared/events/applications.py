"""What application intake publishes: examinations, decisions, limits of law."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.base import Event
from shared.events.catalog import Qualification


class Holder(BaseModel):
    """The names that the certificate prints, in the nominative; the patronymic may be absent."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    family_name: str
    given_name: str
    patronymic: str | None = None


class AssessmentCentre(BaseModel):
    """The centre that examined the candidate: its registry number and name."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: str
    name: str


class ApplicationEvent(Event):
    """What every event about an application says."""

    TOPIC: ClassVar[str] = "applications.application"

    application_id: UUID

    @property
    def key(self) -> str:
        """The application's id."""
        return str(self.application_id)


class ExaminationScheduled(ApplicationEvent):
    """A place and time were agreed, or others than before (`moved`). No names of people.

    The employer's number is there when the employer referred the candidate: they are told.
    """

    TYPE: ClassVar[str] = "applications.application.examination_scheduled.v1"

    qualification_id: UUID
    centre_number: str
    employer_number: str | None = None
    admitted_on: date
    place: str
    starts_at: datetime
    moved: bool


class ApplicationApproved(ApplicationEvent):
    """The council decided to certify. Carries everything that a certificate prints.

    The holder's names are the only personal data: no birth date, identity document or contacts.
    `recertifies` is the number of the certificate that the new one follows.
    """

    TYPE: ClassVar[str] = "applications.application.approved.v1"

    holder: Holder
    qualification: Qualification
    centre: AssessmentCentre
    decided_on: date
    decision_protocol: str
    recertifies: str | None = None


class ApplicationNotConfirmed(ApplicationEvent):
    """The council did not confirm the qualification. Carries what the statement prints."""

    TYPE: ClassVar[str] = "applications.application.not_confirmed.v1"

    holder: Holder
    qualification: Qualification
    centre: AssessmentCentre
    decided_on: date
    decision_protocol: str
    statement_number: str
    examined_from: date
    examined_to: date
    recommendation: str | None = None


class TimeLimitEvent(ApplicationEvent):
    """What every event about a limit of law says. `answers` is who must act."""

    appeal_id: UUID | None = None
    centre_number: str
    limit: str
    answers: str
    begun_on: date
    due_on: date
    noticed_on: date


class TimeLimitAtRisk(TimeLimitEvent):
    """The last day of a limit is near, and what it asks for is not done."""

    TYPE: ClassVar[str] = "applications.application.limit_at_risk.v1"


class TimeLimitBroken(TimeLimitEvent):
    """The last day of a limit has passed without what it asks for."""

    TYPE: ClassVar[str] = "applications.application.limit_broken.v1"
