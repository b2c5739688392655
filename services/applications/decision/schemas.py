"""Bodies and answers of decision, delivery and registry entry."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.applications.application.schemas import (
    Centre,
    Day,
    People,
    PeopleStepRequest,
    RowAnswer,
    StepRequest,
)
from services.applications.application.values import (
    CertificateId,
    CouncilName,
    ProtocolNumber,
    QualificationName,
    RecordedCertificateNumber,
    RecordedFamilyName,
    RecordedGivenName,
    RecordedLine,
    RecordedPatronymic,
    RecordedText,
    RegistryRecord,
)
from services.applications.decision.rules import FinalKind
from shared.schemas import MAX_INTEGER
from shared.values.lines import FreeText, Line

CertificationOutcome = Annotated[
    Literal["certify", "refuse"], Field(description="what the council decided")
]
HandoverMethod = Annotated[
    Literal["in_person", "post", "representative", "electronically"],
    Field(description="way in which the document was handed over"),
]
RECOMMENDATION = "recommendation for the statement of a candidate who is not certified"
StatementNumber = Annotated[
    str,
    Field(
        min_length=1,
        max_length=300,
        description="number of the statement",
        examples=["ЗП-2026-000031"],
    ),
]


class DecisionRequest(PeopleStepRequest):
    """The council's decision, and the members who took part in it.

    `recommendation` is for the statement of a candidate who is not certified (order 725n).
    """

    outcome: CertificationOutcome
    decided_on: Day = Field(description="civil day of the council's decision")
    protocol_number: ProtocolNumber
    members: People = Field(description="members of the council who decided, by name")
    recommendation: FreeText | None = Field(
        default=None, description=RECOMMENDATION, examples=["Пройти подготовку по программе В."]
    )
    same_holder: bool | None = Field(
        default=None,
        description="whether the certificate that the application follows is the candidate's own; "
        "only the council can say so where its name or day of birth is written otherwise",
    )


class DeliveryRequest(StepRequest):
    """The day and way in which the person got, or was posted, the certificate or statement."""

    handed_over_on: Day = Field(description="civil day of handing over or posting")
    handover_method: HandoverMethod


class RegistryEntryRequest(StepRequest):
    """The registry's record number and day, as the registry confirmed them."""

    record_number: RegistryRecord
    entered_on: Day = Field(description="civil day of the registry's entry")


class DecisionAnswer(RowAnswer):
    """The council's decision on certification."""

    outcome: CertificationOutcome
    decided_on: date = Field(description="civil day of the council's decision")
    protocol_number: ProtocolNumber
    members: tuple[RecordedLine, ...] = Field(
        max_length=30,
        description="members of the council who decided, by name; none once the file was erased",
        examples=[["В. Н. Громов"]],
    )
    recommendation: RecordedText | None = Field(description=RECOMMENDATION)
    statement_number: StatementNumber | None = Field(
        description="number of the statement, where certification was refused"
    )


class DeliveryAnswer(RowAnswer):
    """How the document reached the person, and the registry's entry."""

    handed_over_on: date | None = Field(description="civil day of handing over or posting")
    handover_method: HandoverMethod | None
    registry_record: RegistryRecord | None
    registry_entered_on: date | None = Field(description="civil day of the registry's entry")


class CertificateAnswer(RowAnswer):
    """The certificate that was issued for the application."""

    certificate_id: CertificateId
    number: RecordedCertificateNumber
    issued_on: date = Field(description="civil day of issue")
    valid_until: date = Field(description="last civil day as printed")
    ends_on: date = Field(description="last civil day of validity, as it is now")
    final_kind: FinalKind | None = Field(
        description="what has ended it before that day; null while nothing has"
    )


class StatementAnswer(BaseModel):
    """The statement for a candidate whose qualification was not confirmed (order 725n)."""

    number: StatementNumber
    version: int = Field(
        ge=1,
        le=MAX_INTEGER,
        description="which of the application's statements; those after the first follow an appeal",
        examples=[1],
    )
    issued_on: date = Field(description="civil day of the decision")
    family_name: RecordedFamilyName | None
    given_name: RecordedGivenName | None
    patronymic: RecordedPatronymic | None
    examined_from: date = Field(description="first civil day of the examination")
    examined_to: date = Field(description="last civil day of the examination")
    qualification: QualificationName
    result: Line = Field(
        description="the result in the words of the form",
        examples=["квалификация не подтверждена"],
    )
    recommendation: RecordedText | None = Field(description=RECOMMENDATION)
    council: CouncilName
    centre: Centre = Field(description="the centre that examined")
