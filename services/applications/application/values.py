"""Values that many bodies and answers have, each described and bounded once.

Answers are bounded like what they were recorded from: by the forms, or by the events of others.
"""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.values.codes import CodeForm
from shared.values.lines import Line

MOST_ROUNDS = 1_000
"""More than one file has of anything that its procedure records again and again."""

ApplicationId = Annotated[
    UUID,
    Field(
        description="identifier of the application",
        examples=["0b9f2c52-6f0e-4a77-9a53-1f1f6f3f8c11"],
    ),
]
AppealId = Annotated[
    UUID,
    Field(
        description="identifier of the appeal", examples=["5d2f0f0e-93f4-4f5e-8a0c-7f1f3d1f7a02"]
    ),
]
DocumentId = Annotated[
    UUID,
    Field(
        description="identifier of a document of the application",
        examples=["c1a7d9a0-5c1c-4b9e-8b54-9e4a5a0d6f03"],
    ),
]
QualificationId = Annotated[
    UUID,
    Field(
        description="identifier of the qualification in the catalogue",
        examples=["7c0d2f68-6c37-4c9c-9a51-3f6a4f8a0e04"],
    ),
]
CertificateId = Annotated[
    UUID,
    Field(
        description="identifier of the certificate",
        examples=["e7f1b5b4-0d3b-4c1a-9d0f-2b6a8c9d1e05"],
    ),
]
CaseNumber = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{2}-[0-9]{6,18}$",
        examples=["26-000118"],
        description="the case's number, which people use: the year of receipt and a serial number "
        "of six digits or more, given once, to a draft too",
    ),
]
RecordedCentreNumber = Annotated[
    str,
    Field(
        min_length=1,
        max_length=50,
        description="number of the assessment centre",
        examples=["78.041"],
    ),
]
CouncilName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=500,
        description="name of the sector council",
        examples=["Совет по профессиональным квалификациям в строительстве"],
    ),
]
QualificationName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2_000,
        description="name of the qualification, as the council approved it",
        examples=["Машинист автогрейдера (5 уровень квалификации)"],
    ),
]
QualificationVersionNumber = Annotated[
    int,
    Field(
        ge=1,
        le=2**31 - 1,
        description="number of the qualification's version, from 1",
        examples=[1],
    ),
]
RecordedCertificateNumber = Annotated[
    str,
    Field(
        min_length=1,
        max_length=60,
        description="number of the certificate, as printed",
        examples=["07.01000.00.00000001.29"],
    ),
]
RecordedFamilyName = Annotated[
    str,
    Field(max_length=100, description="the applicant's family name", examples=["Соколова"]),
]
RecordedGivenName = Annotated[
    str, Field(max_length=100, description="the applicant's given name", examples=["Анна"])
]
RecordedPatronymic = Annotated[
    str,
    Field(max_length=100, description="the applicant's patronymic", examples=["Игоревна"]),
]
RecordedLine = Annotated[str, Field(max_length=300)]
"""A line of a form, as it was recorded."""
RecordedText = Annotated[str, Field(max_length=10_000)]
"""A text of a form, as it was recorded."""
RecordedActor = Annotated[
    str,
    Field(
        max_length=1_000,
        description="who acted: a name, or an account of the site's provider",
        examples=["А. П. Зайцева"],
    ),
]
RecordedPlace = Annotated[
    str,
    Field(
        max_length=300,
        description="place, by its address",
        examples=["Санкт-Петербург, Литейный пр., 10"],
    ),
]
ProtocolNumber = Annotated[
    Line,
    Field(
        description="number of the protocol",
        examples=["41/2026"],
    ),
]
Reviewer = Annotated[
    Line,
    Field(
        description="who reviews the application at the centre, by name",
        examples=["М. С. Орлова"],
    ),
]
RegistryRecord = Annotated[
    Line,
    Field(
        description="number of the registry's record of the result",
        examples=["РК-2026-000418"],
    ),
]
LanguageCode = Annotated[
    str,
    CodeForm("language.form", "write a code of ISO 639, such as ru", r"^[a-z]{2,3}$", max_length=3),
    Field(
        description="language of what is written to the person, as a code of ISO 639",
        examples=["ru"],
    ),
]
ResultWord = Annotated[
    str, Field(pattern=r"^[a-z_]{1,40}$", description="result in one word", examples=["passed"])
]
ActNumber = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{6,18}$",
        description="number of the act of erasure: its year and a serial number",
        examples=["2026-000007"],
    ),
]
RecordedEmail = Annotated[
    str,
    Field(
        max_length=254,
        description="e-mail address",
        examples=["sokolova@example.org"],
        json_schema_extra={"format": "email"},
    ),
]
DeliveryFailure = Annotated[
    str,
    Field(
        max_length=300,
        description="failure of the last try: a code of SMTP, or a kind",
        examples=["550 5.1.1"],
    ),
]
