"""What application intake publishes: the council's decisions."""

from datetime import date
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


class ApplicationApproved(Event):
    """The council decided to certify. Carries everything that a certificate prints.

    The holder's names are the only personal data: no birth date, identity document or contacts.
    """

    TYPE: ClassVar[str] = "applications.application.approved.v1"
    TOPIC: ClassVar[str] = "applications.application"

    application_id: UUID
    holder: Holder
    qualification: Qualification
    centre: AssessmentCentre
    decided_on: date
    decision_protocol: str

    @property
    def key(self) -> str:
        """The application's id."""
        return str(self.application_id)
