"""Events of applications: examinations, decisions, limits of law."""

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events.base import Event
from shared.events.catalog import QualificationContent
from shared.stated import Stated

NamePart = Annotated[str, Stated(100, 1)]


class Holder(BaseModel):
    """The names that the certificate prints, in the nominative; the patronymic may be absent."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    family_name: NamePart = Field(description="the family name", examples=["Волкова"])
    given_name: NamePart = Field(description="the given name", examples=["Анна"])
    patronymic: NamePart | None = Field(
        default=None, description="the patronymic; null where there is none", examples=["Сергеевна"]
    )


class AssessmentCentre(BaseModel):
    """The centre that examined the candidate: its registry number and name."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: Annotated[str, Stated(50, 1)] = Field(
        description="the centre's number in the register of centres", examples=["78.041"]
    )
    name: Annotated[str, Stated(300, 1)] = Field(
        description="the centre's name", examples=["Центр оценки квалификаций «Лифт»"]
    )


class ApplicationEvent(Event):
    """The members common to all events about an application."""

    TOPIC: ClassVar[str] = "applications.application"

    application_id: UUID

    @property
    def key(self) -> str:
        """The application's id."""
        return str(self.application_id)


class ExaminationScheduled(ApplicationEvent):
    """A place and time were agreed, or others than before (`moved`). No names of people.

    The employer's number is present when the employer referred the candidate and is to be informed.
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
    qualification: QualificationContent
    centre: AssessmentCentre
    decided_on: date
    decision_protocol: str
    recertifies: str | None = None


class ApplicationNotConfirmed(ApplicationEvent):
    """The council did not confirm the qualification. Carries what the statement prints."""

    TYPE: ClassVar[str] = "applications.application.not_confirmed.v1"

    holder: Holder
    qualification: QualificationContent
    centre: AssessmentCentre
    decided_on: date
    decision_protocol: str
    statement_number: str
    examined_from: date
    examined_to: date
    recommendation: str | None = None


class TimeLimitEvent(ApplicationEvent):
    """The members common to all events about a limit of law. `responsible` is who must act."""

    appeal_id: UUID | None = None
    centre_number: str
    limit: str
    responsible: str
    begun_on: date
    due_on: date
    noticed_on: date


class TimeLimitAtRisk(TimeLimitEvent):
    """The last day of a limit is near, and what the limit asks for has not happened."""

    TYPE: ClassVar[str] = "applications.application.limit_at_risk.v1"


class TimeLimitBroken(TimeLimitEvent):
    """The last day of a limit has passed, and what the limit asks for has not happened."""

    TYPE: ClassVar[str] = "applications.application.limit_broken.v1"
