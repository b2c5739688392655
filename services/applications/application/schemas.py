"""The types of the forms' fields, and the parts of the form that an application keeps."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.applications.application.values import (
    ActNumber,
    ProtocolNumber,
    RecordedCertificateNumber,
    RecordedLine,
    RecordedPlace,
    RegistryRecord,
    ResultWord,
    Reviewer,
)
from shared.schemas import CivilDay, PersonNamesRequest, RequestBody, is_none
from shared.values.codes import CodeForm
from shared.values.lines import Line, PersonName, TextForm
from shared.values.pasted import clean_code


def _require_unique(names: Sequence[str]) -> Sequence[str]:
    """Refuses a list in which a name stands twice. Raises `ValueError`."""
    if len(set(names)) < len(names):
        raise PydanticCustomError("list.repeated", "each may stand once")
    return names


MOST_PAIRS = 1_000
"""More pairs of names than one step has to be confirmed."""
Day = CivilDay
People = Annotated[
    list[Line],
    Field(min_length=1, max_length=30, examples=[["В. Н. Громов", "П. Сомов"]]),
    AfterValidator(_require_unique),
]
CentreNumber = Annotated[
    str,
    TextForm(max_length=50, clean=clean_code),
    Field(
        description="number of the assessment centre",
        examples=["78.041"],
    ),
]
EmployerNumber = Annotated[
    str,
    CodeForm(
        "payer.taxpayer_number",
        "a taxpayer number has 10 digits, or 12 of a sole trader",
        r"^([0-9]{10}|[0-9]{12})$",
        max_length=12,
    ),
    Field(description="the employer's taxpayer number (ИНН)", examples=["7701234567"]),
]


class Centre(RequestBody):
    """The assessment centre to which the application goes."""

    model_config = ConfigDict(from_attributes=True)

    number: CentreNumber
    name: Line = Field(description="name of the assessment centre", examples=["ЦОК «Северо-Запад»"])


class Payer(RequestBody):
    """Who pays: the applicant, somebody else, or the employer who refers them (238-FZ, art. 4(2)).

    `result_shared_with_employer`: the contract says that the employer learns the result (decree
    1204, item 18).
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "employer",
                    "name": "ООО «Северная верфь»",
                    "registration_number": "7701234567",
                    "result_shared_with_employer": True,
                }
            ]
        }
    )

    kind: Literal["applicant", "other", "employer"] = Field(
        default="applicant", description="who pays"
    )
    name: Line | None = Field(
        default=None,
        description="who pays, by name, unless it is the applicant",
        examples=["ООО «Северная верфь»"],
    )
    registration_number: EmployerNumber | None = None
    result_shared_with_employer: bool = Field(
        default=False, description="whether the employer learns the result by contract"
    )

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


class Representative(PersonNamesRequest):
    """Who acts for the applicant, by law or by a power of attorney."""

    given_name: PersonName = Field(examples=["Пётр"])
    patronymic: PersonName | None = Field(default=None, examples=["Иванович"])
    basis: Literal["legal", "power_of_attorney"] = Field(
        description="on what the right to act rests"
    )
    document_number: Line | None = Field(
        default=None,
        description="number of the document that gives the right",
        examples=["78 АВ 1234567"],
    )
    valid_until: Day | None = Field(
        default=None, description="last day on which the document gives the right"
    )


class RecertifiedCertificate(RequestBody):
    """The certificate whose qualification is to be confirmed again: a full new procedure."""

    number: Annotated[str, TextForm(clean=clean_code)] = Field(
        description="number of the certificate, as printed", examples=["07.01000.00.00000001.29"]
    )
    issued_on: Day = Field(description="civil day of issue, as printed")


class StepRequest(RequestBody):
    """A step with the actor whom the history names; None leaves it to the caller's account."""

    actor: Line | None = Field(
        default=None,
        description="who acted, by name, for the history; the caller's account, if absent",
        examples=["А. П. Зайцева"],
    )


class PeoplePair(RequestBody):
    """Two names that may be one person's, and are the names of two people."""

    name: Line = Field(description="name of the one", examples=["А. Зайцева"])
    other_name: Line = Field(description="name of the other", examples=["Анна Зайцева"])


class PeopleStepRequest(StepRequest):
    """A step that names people who must be different from others of the case."""

    different_people: list[PeoplePair] = Field(
        default_factory=list,
        max_length=MOST_PAIRS,
        description="pairs of names that may be one person's, as the problem "
        "`people.perhaps_same` lists them, of which the caller confirms that they are two "
        "people's; the history keeps it with the caller's account",
    )


class HistoryFacts(BaseModel):
    """What a line of the history is about, for a sentence; what a command does not know is absent.

    `outcome` is what the act came to: of an examination, a decision on an appeal. Erasure empties
    the whole of it: a reviewer is a person, and numbers of papers lead to the applicant.
    """

    model_config = ConfigDict(frozen=True)

    reviewer: Reviewer | None = Field(default=None, exclude_if=is_none)
    starts_at: datetime | None = Field(
        default=None, exclude_if=is_none, description="instant for which the act was set"
    )
    place: RecordedPlace | None = Field(default=None, exclude_if=is_none)
    day: date | None = Field(
        default=None, exclude_if=is_none, description="of the act itself, where it was stated"
    )
    protocol_number: ProtocolNumber | None = Field(default=None, exclude_if=is_none)
    theory: ResultWord | None = Field(
        default=None, exclude_if=is_none, description="result of the theoretical part"
    )
    practice: ResultWord | None = Field(
        default=None, exclude_if=is_none, description="result of the practical part"
    )
    outcome: ResultWord | None = Field(
        default=None, exclude_if=is_none, description="what the act came to"
    )
    certificate_number: RecordedCertificateNumber | None = Field(default=None, exclude_if=is_none)
    handover_method: ResultWord | None = Field(
        default=None, exclude_if=is_none, description="way in which the document was handed over"
    )
    registry_record: RegistryRecord | None = Field(default=None, exclude_if=is_none)
    appeal_number: RecordedLine | None = Field(
        default=None,
        exclude_if=is_none,
        description="number under which the commission registered the appeal",
    )
    act_number: ActNumber | None = Field(default=None, exclude_if=is_none)
    different_people: tuple[PeoplePair, ...] | None = Field(
        default=None,
        exclude_if=is_none,
        max_length=MOST_PAIRS,
        description="names that may be one person's, and were confirmed to be two people's",
    )


class RowAnswer(BaseModel):
    """The base of answers that are read off a row."""

    model_config = ConfigDict(from_attributes=True)
