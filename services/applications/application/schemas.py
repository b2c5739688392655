"""The types of the forms' fields, and the parts of the form that an application keeps."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from unicodedata import normalize

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.schemas import CivilDay, RequestBody, is_none


def _require_unique(names: Sequence[str]) -> Sequence[str]:
    """Refuses a list in which a name stands twice. Raises `ValueError`."""
    if len(set(names)) < len(names):
        raise PydanticCustomError("list.repeated", "each may stand once")
    return names


Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\p{Cc}]*$")]
Prose = Annotated[str, Field(min_length=1, max_length=10_000)]
PersonName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        pattern=r"^\p{L}[\p{L}\p{M}'’ʼ.]*([ -][\p{L}\p{M}'’ʼ.]+)*$",
        description="letters of any alphabet; between words one space or hyphen",
    ),
    BeforeValidator(lambda value: normalize("NFC", value) if isinstance(value, str) else value),
]
Day = CivilDay
People = Annotated[list[Line], Field(min_length=1, max_length=30), AfterValidator(_require_unique)]
CentreNumber = Annotated[
    str, Field(min_length=1, max_length=50, pattern=r"^[^\p{Cc}]*$", examples=["78.041"])
]
CaseNumber = Annotated[
    str,
    Field(
        examples=["26-000118"],
        description="the case's number, which people use: the year of receipt and a serial number "
        "of six digits or more, given once, to a draft too",
    ),
]
EmployerNumber = Annotated[
    str,
    Field(
        pattern=r"^(\d{10}|\d{12})$",
        description="the employer's taxpayer number (ИНН)",
        examples=["7701234567"],
    ),
]


class Centre(RequestBody):
    """The assessment centre to which the application goes."""

    model_config = ConfigDict(from_attributes=True)

    number: CentreNumber
    name: Line


class Payer(RequestBody):
    """Who pays: the applicant, somebody else, or the employer who refers them (238-FZ, art. 4(2)).

    `result_shared_with_employer`: the contract says that the employer learns the result (decree
    1204, item 18).
    """

    kind: Literal["applicant", "other", "employer"] = "applicant"
    name: Line | None = None
    registration_number: EmployerNumber | None = None
    result_shared_with_employer: bool = False

    @model_validator(mode="after")
    def _check_kind(self) -> "Payer":
        if (self.name is None) != (self.kind == "applicant"):
            raise PydanticCustomError(
                "payer.name", "'name' says who else pays, and stands only then"
            )
        if (self.registration_number is None) != (self.kind != "employer"):
            raise PydanticCustomError(
                "payer.registration_number",
                "'registration_number' says which employer, and stands only then",
            )
        if self.result_shared_with_employer and self.kind != "employer":
            raise PydanticCustomError("payer.result_shared", "only an employer is told by contract")
        return self


class Representative(RequestBody):
    """Who acts for the applicant, by law or by a power of attorney."""

    family_name: PersonName
    given_name: PersonName
    patronymic: PersonName | None = None
    basis: Literal["legal", "power_of_attorney"]
    document_number: Line | None = None
    valid_until: Day | None = None


class RecertifiedCertificate(RequestBody):
    """The certificate whose qualification is to be confirmed again: a full new procedure."""

    number: Line
    issued_on: Day


class StepRequest(RequestBody):
    """A step with the actor whom the history names; None leaves it to the caller's account."""

    actor: Line | None = None


class HistoryFacts(BaseModel):
    """What a line of the history is about, for a sentence; what a command does not know is absent.

    `outcome` is what the act came to: of an examination, a decision on an appeal. Erasure empties
    the whole of it: a reviewer is a person, and numbers of papers lead to the applicant.
    """

    model_config = ConfigDict(frozen=True)

    reviewer: str | None = Field(default=None, exclude_if=is_none)
    starts_at: datetime | None = Field(default=None, exclude_if=is_none)
    place: str | None = Field(default=None, exclude_if=is_none)
    day: date | None = Field(
        default=None, exclude_if=is_none, description="of the act itself, where it was stated"
    )
    protocol_number: str | None = Field(default=None, exclude_if=is_none)
    theory: str | None = Field(default=None, exclude_if=is_none)
    practice: str | None = Field(default=None, exclude_if=is_none)
    outcome: str | None = Field(default=None, exclude_if=is_none)
    certificate_number: str | None = Field(default=None, exclude_if=is_none)
    handover_method: str | None = Field(default=None, exclude_if=is_none)
    registry_record: str | None = Field(default=None, exclude_if=is_none)
    appeal_number: str | None = Field(default=None, exclude_if=is_none)
    act_number: str | None = Field(default=None, exclude_if=is_none)


class RowAnswer(BaseModel):
    """The base of answers that are read off a row."""

    model_config = ConfigDict(from_attributes=True)
