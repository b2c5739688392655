"""Bodies about certificates: names, centres, answers."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.certificates.certificate.members import (
    Actor,
    ApplicationId,
    CertificateId,
    DecidedOn,
    DecisionProtocol,
    EndsOn,
    FactsVersion,
    IssuedOn,
    QualificationId,
    RecordedAt,
    StatedLine,
    StatedProse,
    ValidUntil,
)
from services.certificates.certificate.number import StoredNumber
from services.certificates.certificate.standing import ChangeKind
from shared.events.applications import AssessmentCentre, Holder
from shared.events.catalog import QualificationContent
from shared.schemas import RequestBody
from shared.values.lines import TextForm

NamePart = Annotated[str, TextForm(max_length=100)]
"""A family name, a given name, a patronymic, however it is spelt."""


class PersonNames(RequestBody):
    """A person's names, in the nominative case, to be compared."""

    family_name: NamePart = Field(description="the family name", examples=["Волкова"])
    given_name: NamePart = Field(description="the given name", examples=["Анна"])
    patronymic: NamePart | None = Field(
        default=None, description="the patronymic; null where there is none", examples=["Сергеевна"]
    )


class PrintedCentre(AssessmentCentre):
    """The centre as a document prints it; what its signature block lacks stays blank."""

    address: StatedLine | None = Field(
        default=None,
        description="the legal address; null: the form is left blank there",
        examples=["190000, Санкт-Петербург, Почтамтская ул., 4"],
    )
    head: StatedLine | None = Field(
        default=None,
        description="who signs; null: the form is left blank there",
        examples=["И. И. Иванов"],
    )
    deputy: bool = Field(default=False, description="whether a deputy signs in the head's stead")


class RowAnswerBase(BaseModel):
    """The base of answers that are read off a row."""

    model_config = ConfigDict(from_attributes=True)


class CertificateSummary(RowAnswerBase):
    """A certificate in a list: without the holder."""

    id: CertificateId
    number: StoredNumber
    application_id: ApplicationId
    qualification_id: QualificationId
    qualification_version: int = Field(
        ge=1, le=2**31 - 1, description="the version that was examined, from 1", examples=[2]
    )
    issued_on: IssuedOn
    valid_until: ValidUntil
    ends_on: EndsOn
    version: FactsVersion
    issued_at: datetime = Field(
        description="the instant of issue, by which lists are ordered",
        examples=["2026-11-25T09:30:00Z"],
    )


class CertificateAnswer(CertificateSummary):
    """A certificate with its holder and everything else that it prints."""

    holder: Holder = Field(description="the names as printed")
    qualification: QualificationContent = Field(description="the version that was examined")
    centre: PrintedCentre = Field(description="the centre as printed")
    decided_on: DecidedOn
    decision_protocol: DecisionProtocol
    recertifies: StoredNumber | None = Field(
        description="the number of the certificate that it follows; null where there is none"
    )


class ChangeAnswer(RowAnswerBase):
    """One change of a certificate after its issue."""

    kind: ChangeKind = Field(description="what happened to it")
    effective_on: date = Field(
        description="the civil day from which it counts", examples=["2027-03-01"]
    )
    recorded_at: RecordedAt
    actor: Actor
    reason: StatedProse = Field(
        description="why, in words for people", examples=["Выдано по ошибке в протоколе экзамена"]
    )
    basis: StatedLine | None = Field(
        description="the decision that says so; null where the change follows of itself",
        examples=["Решение НАРК № 12 от 01.03.2027"],
    )
    decided_on: date | None = Field(
        description="of an extension: the civil day of the decision", examples=["2029-11-20"]
    )
    ends_on: date | None = Field(
        description="the new last day of validity, where it moves", examples=["2030-04-24"]
    )
    successor: StoredNumber | None = Field(
        description="the number of the newer certificate; of `restored`: the one that was annulled"
    )
    window_from: date | None = Field(
        description="of an extension: the first day on which what it extends would have ended",
        examples=["2029-11-01"],
    )
    window_to: date | None = Field(
        description="of an extension: the last such day", examples=["2029-11-30"]
    )
