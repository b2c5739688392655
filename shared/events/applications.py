"""Events of applications: examinations, decisions, limits of law."""

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events.base import Event
from shared.events.catalog import QualificationContent
from shared.events.values import (
    EventApplicationId,
    EventCentreNumber,
    EventCertificateNumber,
    EventCode,
    EventDecisionDay,
    EventDecisionOrdinal,
    EventDecisionProtocol,
    EventPhrase,
    EventProse,
    EventQualificationId,
    EventStatementNumber,
    EventStatementVersion,
)
from shared.stated import Stated

PrintedName = Annotated[str, Stated(100, 1)]


class Holder(BaseModel):
    """The names that the certificate prints, in the nominative; the patronymic may be absent."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    family_name: PrintedName = Field(description="the family name", examples=["Волкова"])
    given_name: PrintedName = Field(description="the given name", examples=["Анна"])
    patronymic: PrintedName | None = Field(
        default=None, description="the patronymic; null where there is none", examples=["Сергеевна"]
    )


class AssessmentCentre(BaseModel):
    """The centre that examined the candidate: its registry number and name."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: EventCentreNumber
    name: EventPhrase = Field(
        description="the centre's name", examples=["Центр оценки квалификаций «Лифт»"]
    )


class ApplicationEvent(Event):
    """The members common to all events about an application."""

    TOPIC: ClassVar[str] = "applications.application"

    application_id: EventApplicationId

    @property
    def key(self) -> str:
        """The application's id."""
        return str(self.application_id)


class ExaminationScheduled(ApplicationEvent):
    """A place and time were agreed, or others than before (`moved`). No names of people.

    The employer's number is present when the employer referred the candidate and is to be informed.
    """

    TYPE: ClassVar[str] = "applications.application.examination_scheduled.v1"

    qualification_id: EventQualificationId
    centre_number: EventCentreNumber
    employer_number: EventCode | None = Field(
        default=None, description="the taxpayer number (ИНН) of the employer who is to be informed"
    )
    admitted_on: date = Field(description="the civil day of admission to the examination")
    place: EventPhrase = Field(description="the address of the examination")
    starts_at: datetime = Field(description="when the examination begins")
    moved: bool = Field(description="whether another place or time was agreed before")


class ApplicationApproved(ApplicationEvent):
    """The council decided to certify. Carries everything that a certificate prints.

    After an appeal it is another decision on the same application: the certificate that stands goes
    on, and where none does a new one is issued.

    The holder's names are the only personal data: no birth date, identity document or contacts.
    `recertifies` is the number of the certificate that the new one follows.
    """

    TYPE: ClassVar[str] = "applications.application.approved.v1"

    holder: Holder = Field(description="the candidate's names, as they are printed")
    qualification: QualificationContent = Field(description="the version that was examined")
    centre: AssessmentCentre = Field(description="the centre that examined")
    decided_on: EventDecisionDay
    decision_protocol: EventDecisionProtocol
    decision_ordinal: EventDecisionOrdinal = None
    recertifies: EventCertificateNumber | None = Field(
        default=None, description="the number of the certificate that the new one follows"
    )
    same_holder_confirmed: bool = Field(
        default=False,
        description="the council has confirmed that this certificate is the same person's, whose "
        "name is written otherwise there",
    )


class ApplicationNotConfirmed(ApplicationEvent):
    """The council did not confirm the qualification. Carries what the statement prints.

    After an appeal it is another decision on the same application: it ends the certificate or the
    statement that came of the one before.
    """

    TYPE: ClassVar[str] = "applications.application.not_confirmed.v1"

    holder: Holder = Field(description="the candidate's names, as they are printed")
    qualification: QualificationContent = Field(description="the version that was examined")
    centre: AssessmentCentre = Field(description="the centre that examined")
    decided_on: EventDecisionDay
    decision_protocol: EventDecisionProtocol
    decision_ordinal: EventDecisionOrdinal = None
    statement_number: EventStatementNumber
    statement_version: EventStatementVersion = None
    examined_from: date = Field(description="the first civil day of the examination")
    examined_to: date = Field(description="its last civil day")
    recommendation: EventProse | None = Field(
        default=None, description="what the council advises the candidate"
    )


class TimeLimitEvent(ApplicationEvent):
    """The members common to all events about a limit of law. `responsible` is who must act."""

    appeal_id: UUID | None = Field(
        default=None, description="the appeal's id, where the limit is one of an appeal"
    )
    centre_number: EventCentreNumber
    limit: EventCode = Field(description="the limit's name", examples=["decision"])
    responsible: EventCode = Field(
        description="who must act: `centre`, `council`, `agency`, `appeals_commission`"
    )
    begun_on: date = Field(description="the civil day of the event that began the limit")
    due_on: date = Field(description="its last civil day")
    noticed_on: date = Field(description="the civil day of this report")


class TimeLimitAtRisk(TimeLimitEvent):
    """The last day of a limit is near, and what the limit asks for has not happened."""

    TYPE: ClassVar[str] = "applications.application.limit_at_risk.v1"


class TimeLimitBroken(TimeLimitEvent):
    """The last day of a limit has passed, and what the limit asks for has not happened."""

    TYPE: ClassVar[str] = "applications.application.limit_broken.v1"
