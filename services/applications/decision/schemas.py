"""Bodies and answers of decision, delivery and registry entry."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from services.applications.application.schemas import (
    Centre,
    Day,
    Line,
    People,
    Prose,
    RowAnswer,
    StepRequest,
)


class DecisionRequest(StepRequest):
    """The council's decision, and the members who took part in it.

    `recommendation` is for the statement of a candidate who is not certified (order 725n).
    """

    outcome: Literal["certify", "refuse"]
    decided_on: Day
    protocol_number: Line
    members: People
    recommendation: Prose | None = None


class DeliveryRequest(StepRequest):
    """The day and way in which the person got, or was posted, the certificate or statement."""

    handed_over_on: Day
    handover_method: Literal["in_person", "post", "representative", "electronically"]


class RegistryEntryRequest(StepRequest):
    """The registry's record number and day, as the registry confirmed them."""

    record_number: Line
    entered_on: Day


class DecisionAnswer(RowAnswer):
    """The council's decision on certification."""

    outcome: str
    decided_on: date
    protocol_number: str
    members: tuple[str, ...]
    recommendation: str | None
    statement_number: str | None


class DeliveryAnswer(RowAnswer):
    """How the document reached the person, and the registry's entry."""

    handed_over_on: date | None
    handover_method: str | None
    registry_record: str | None
    registry_entered_on: date | None


class CertificateAnswer(RowAnswer):
    """The certificate that was issued for the application."""

    certificate_id: UUID
    number: str
    issued_on: date
    valid_until: date


class StatementAnswer(BaseModel):
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
