"""Bodies about what is printed: signature blocks, duplicates, statements."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.certificates.certificate.members import (
    Actor,
    ApplicationId,
    CertificateId,
    DecidedOn,
    DecisionProtocol,
    StatedLine,
    StatedProse,
)
from services.certificates.certificate.rules import Ground
from services.certificates.certificate.schemas import PrintedCentre, RowAnswerBase
from shared.events.applications import Holder
from shared.events.catalog import QualificationContent
from shared.schemas import MAX_INTEGER, CivilDay, PersonNamesRequest, RequestBody
from shared.values.lines import Line, PersonName

MAX_DUPLICATES = 32_767
StatementVersion = Annotated[int, Field(ge=1, le=MAX_INTEGER, examples=[1])]
DuplicateGround = Annotated[
    Ground, Field(description="why a duplicate is wanted (order 725n, item 17)")
]
AppliedOn = Annotated[
    CivilDay,
    Field(description="the civil day of the holder's application", examples=["2027-02-08"]),
]
Ordinal = Annotated[
    int,
    Field(
        ge=1,
        le=MAX_DUPLICATES,
        description="which of the certificate's duplicates, from 1",
        examples=[1],
    ),
]


class SignatureBlockRequest(RequestBody):
    """A centre's signature block (order 725n): its office keeps this up to date."""

    name: Line = Field(description="the centre's name", examples=["ЦОК «Лифт»"])
    address: Line = Field(
        description="the legal address", examples=["190000, Санкт-Петербург, Почтамтская ул., 4"]
    )
    head: Line = Field(description="who signs", examples=["И. И. Иванов"])
    deputy: bool = Field(default=False, description="signs in the head's stead: `/` is printed")


class HolderNames(PersonNamesRequest):
    """A person's names, in the nominative case, as they are to be printed."""

    family_name: PersonName = Field(description="the family name", examples=["Волкова"])
    given_name: PersonName = Field(description="the given name", examples=["Анна"])
    patronymic: PersonName | None = Field(
        default=None, description="the patronymic; null where there is none", examples=["Сергеевна"]
    )


class DuplicateRequest(RequestBody):
    """The holder's application for a duplicate (order 725n, items 17-20)."""

    ground: DuplicateGround
    basis: Line = Field(
        description="the proof: a report, a certificate of the change of name",
        examples=["Справка об утрате № 41 от 05.02.2027"],
    )
    applied_on: AppliedOn
    holder: HolderNames | None = Field(
        default=None, description="the new names, for `name_change`", examples=[None]
    )

    @model_validator(mode="after")
    def _check_names_for_ground(self) -> "DuplicateRequest":
        if (self.ground is Ground.NAME_CHANGE) != (self.holder is not None):
            raise PydanticCustomError(
                "duplicate.holder", "'holder' has the new names, and stands only for 'name_change'"
            )
        return self


class SignatureBlockAnswer(RowAnswerBase, SignatureBlockRequest):
    """A centre's signature block, and who changed it last."""

    number: StatedLine = Field(
        description="the centre's number in the register of centres", examples=["78.041"]
    )
    updated_at: datetime = Field(
        description="the instant of the last change", examples=["2026-11-25T09:30:00Z"]
    )
    updated_by: Actor


class DuplicateAnswer(RowAnswerBase):
    """A duplicate: the certificate's number, a date of issue of its own."""

    certificate_id: CertificateId
    ordinal: Ordinal
    ground: DuplicateGround
    basis: StatedLine = Field(
        description="the proof that was brought", examples=["Справка об утрате № 41 от 05.02.2027"]
    )
    applied_on: AppliedOn
    issued_on: date = Field(
        description="the duplicate's own civil day of issue", examples=["2027-02-10"]
    )
    due_on: date = Field(
        description="the last day that the law, or the council's rules, gave for it; a day off"
        " moves to the next working day",
        examples=["2027-02-23"],
    )
    holder: Holder = Field(description="the names that it prints")


class StatementAnswer(RowAnswerBase):
    """A not-passed statement; without names when these were erased."""

    application_id: ApplicationId
    version: StatementVersion = Field(
        description="which of the application's statements; the next follows an appeal"
    )
    number: StatedLine = Field(description="the statement's number", examples=["78.041-Н-000017"])
    holder: Holder | None = Field(
        description="the candidate's names; null once they were erased, after `kept_until`"
    )
    qualification: QualificationContent = Field(description="the version that was examined")
    centre: PrintedCentre = Field(description="the centre as printed")
    decided_on: DecidedOn
    decision_protocol: DecisionProtocol
    examined_from: date = Field(
        description="the first civil day of the examination", examples=["2026-11-10"]
    )
    examined_to: date = Field(
        description="the last civil day of the examination", examples=["2026-11-11"]
    )
    recommendation: StatedProse | None = Field(
        description="what the council advises the candidate; null where it advises nothing",
        examples=["Пройти обучение по трудовой функции A/01.3"],
    )
    issued_on: date = Field(description="the civil day of issue", examples=["2026-11-25"])
    kept_until: date = Field(
        description="the last civil day on which the names are kept", examples=["2027-11-25"]
    )
    revoked_on: date | None = Field(
        description="the civil day since which it counts no more; null while it stands",
        examples=[None],
    )
    revocation_basis: StatedLine | None = Field(
        description="the council's decision that revoked it; null while it stands", examples=[None]
    )
