"""Bodies of corrections: which facts can be corrected, by what decision, by whom."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.certificates.certificate.members import (
    Actor,
    CertificateId,
    DecidedOn,
    DecisionProtocol,
    StatedLine,
    StatedProse,
)
from services.certificates.certificate.schemas import PersonNames, PrintedCentre, RowAnswerBase
from services.certificates.changes.schemas import AnnulmentRequest
from shared.events.applications import Holder
from shared.schemas import MAX_EXACT_INTEGER, CivilDay, RequestBody
from shared.values.lines import Line

CorrectionId = Annotated[
    int,
    Field(ge=1, le=MAX_EXACT_INTEGER, description="the correction's id, from 1", examples=[12]),
]


class CorrectableFacts(BaseModel):
    """Facts of a certificate that can be stated wrongly while its decision is right.

    What was examined belongs to the qualification's version, number and date of issue to the
    certificate's identity, its end to the changes of ends.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True)

    holder: Holder = Field(description="the names as printed")
    centre: PrintedCentre = Field(description="the centre as printed")
    decided_on: DecidedOn
    decision_protocol: DecisionProtocol


class CorrectedCentre(RequestBody):
    """The centre as the certificate should have named it."""

    number: Line = Field(
        description="the centre's number in the register of centres", examples=["78.041"]
    )
    name: Line = Field(description="the centre's name", examples=["ЦОК «Лифт»"])
    address: Line | None = Field(
        default=None,
        description="the legal address; null: the form is left blank there",
        examples=["190000, Санкт-Петербург, Почтамтская ул., 4"],
    )
    head: Line | None = Field(
        default=None,
        description="who signs; null: the form is left blank there",
        examples=["И. И. Иванов"],
    )
    deputy: bool = Field(default=False, description="whether a deputy signs in the head's stead")


class CorrectionRequest(AnnulmentRequest):
    """What a certificate should say instead, why, and by what decision; null: as it is."""

    holder: PersonNames | None = Field(
        default=None, description="all names as they should be; null: as they are", examples=[None]
    )
    centre: CorrectedCentre | None = Field(
        default=None,
        description="the whole centre as it should be; null: as it is",
        examples=[None],
    )
    decided_on: CivilDay | None = Field(
        default=None,
        description="the civil day of the council's decision; null: as it is",
        examples=["2026-11-20"],
    )
    decision_protocol: Line | None = Field(
        default=None,
        description="the number of the council's protocol; null: as it is",
        examples=["17-2026"],
    )


class CorrectionAnswer(RowAnswerBase):
    """A correction: the facts before and after it, who proposed it, who closed it."""

    id: CorrectionId
    certificate_id: CertificateId
    state: StatedLine = Field(
        description="`proposed`, `confirmed` or `declined`", examples=["proposed"]
    )
    facts_before: CorrectableFacts = Field(description="what the certificate said")
    facts_after: CorrectableFacts = Field(description="what it says once this is confirmed")
    reason: StatedProse = Field(
        description="why, in words for people", examples=["В фамилии пропущена буква"]
    )
    basis: StatedLine = Field(
        description="the decision that says so", examples=["Решение НАРК № 12 от 01.03.2027"]
    )
    proposed_at: datetime = Field(
        description="the instant of the proposal", examples=["2027-03-01T09:30:00Z"]
    )
    proposed_by: Actor
    closed_at: datetime | None = Field(
        description="the instant of confirming or declining; null before",
        examples=["2027-03-02T09:30:00Z"],
    )
    closed_by: Actor | None = Field(
        description="the subject of the token that closed it, another one; null before",
        examples=["agency-officer-5"],
    )
