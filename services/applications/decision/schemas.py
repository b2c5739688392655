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
    Recorded,
    RowAnswer,
)


class CouncilDecision(Recorded):
    """The council's decision, and who took part in it.

    `recommendation` is for the statement of who is not certified (order 725n).
    """

    outcome: Literal["certify", "refuse"]
    decided_on: Day
    protocol_number: Line
    members: People
    recommendation: Prose | None = None


class HandedOver(Recorded):
    """The person has the certificate or the statement, or it was posted."""

    handed_over_on: Day
    by: Literal["in_person", "post", "representative", "electronically"]


class RegistryEntry(Recorded):
    """The registry's entry, as its holder confirmed it."""

    record_number: Line
    entered_on: Day


class Decision(RowAnswer):
    """What the council decided."""

    outcome: str
    decided_on: date
    protocol_number: str
    members: list[str]
    recommendation: str | None
    statement_number: str | None


class Delivery(RowAnswer):
    """How the document reached the person, and the registry's entry."""

    handed_over_on: date | None
    handed_over_by: str | None
    registry_record: str | None
    registry_entered_on: date | None


class Certificate(RowAnswer):
    """The certificate that was issued."""

    certificate_id: UUID
    number: str
    issued_on: date
    valid_until: date


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
