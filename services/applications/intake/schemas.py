"""The application form: exactly the fields of order 706n of 02.12.2016."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.applications.application.schemas import (
    Centre,
    Day,
    Payer,
    RecertifiedCertificate,
    Representative,
    RowAnswer,
)
from services.applications.application.values import (
    ApplicationId,
    LanguageCode,
    QualificationId,
    RecordedText,
)
from services.applications.intake.identity_document import IdentityDocument
from shared.errors import FieldError
from shared.schemas import MAX_INTEGER, PersonNamesRequest, RequestBody, RuleCode
from shared.values.codes import CodeForm
from shared.values.contacts import EmailAddress, PhoneNumber
from shared.values.lines import FreeText, Line

TextVersion = Annotated[
    str,
    CodeForm(
        "consent.version_form",
        "name the version as /v1/consent-texts does, such as 2025-09-01",
        r"^[A-Za-z0-9._-]{1,40}$",
        max_length=40,
    ),
    Field(description="version of the text of consent", examples=["2025-09-01"]),
]
IN_FORCE_FROM = "first civil day on which the text is in force"
CONSENT_TEXT = "the text of consent"
CONSENT_TEXT_EXAMPLES = ["Я согласен на обработку моих персональных данных в целях оценки."]


class Applicant(PersonNamesRequest):
    """The applicant. The patronymic may be absent; a single name stands in both names' places."""

    birth_date: Day = Field(description="civil day of birth", examples=["1994-05-17"])
    email: EmailAddress | None = Field(default=None, description="e-mail address of the applicant")
    phone: PhoneNumber | None = Field(
        default=None,
        description="kept as it was written; a number of the settings' country, or with its code",
    )
    address: Line = Field(
        description="where the applicant is registered",
        examples=["Санкт-Петербург, Галерная ул., 3, кв. 12"],
    )


class ConsentStatement(RequestBody):
    """Consent to the processing of personal data, to one version of the text of consent."""

    text_version: TextVersion
    given: Literal[True] = Field(description="that the applicant consents")


NotifyBy = Annotated[
    Literal["email", "phone", "post"],
    Field(description="how the person wants to be told; by what there is, if absent"),
]
PAYER = "who pays for the assessment"
REPRESENTATIVE = "who acts for the applicant, if anybody"
CONSENT = "consent to the processing of personal data"
RECERTIFIES = "the certificate whose qualification is confirmed again"


class ApplicationForm(RequestBody):
    """What the applicant states: all of an application except the consent."""

    qualification_id: QualificationId
    applicant: Applicant = Field(description="who applies")
    identity_document: IdentityDocument = Field(
        description="the document that admits the applicant to the examination"
    )
    centre: Centre = Field(description="the centre to which the application goes")
    rules_read: Literal[True] = Field(description="the rules of decree 1204 were read")
    notify_by: NotifyBy | None = None
    language: LanguageCode = Field(
        default="ru",
        description="language of letters to the holder, as a code of ISO 639; Russian where there "
        "are none in it",
    )
    postal_address: Line | None = Field(
        default=None,
        description="address for the certificate by post",
        examples=["190000, Санкт-Петербург, а/я 17"],
    )
    payer: Payer = Field(default=Payer(), description=PAYER)
    representative: Representative | None = Field(default=None, description=REPRESENTATIVE)
    recertifies: RecertifiedCertificate | None = Field(default=None, description=RECERTIFIES)


class ApplicationRequest(ApplicationForm):
    """An application. `draft` leaves it with the applicant, who completes and submits it."""

    consent: ConsentStatement = Field(description=CONSENT)
    draft: bool = Field(default=False, description="whether it is left as a draft")
    received_on: Day | None = Field(
        default=None,
        description="civil day on which it came on paper; today, if absent. Limits run from it.",
    )


class RenewalRequest(RequestBody):
    """A new application, prefilled from an earlier one of the same person."""

    consent: ConsentStatement = Field(description=CONSENT)
    recertifies: RecertifiedCertificate | None = Field(default=None, description=RECERTIFIES)


class ConsentTextRequest(RequestBody):
    """A version of the text of consent, and from when it is in force."""

    version: TextVersion
    text: FreeText = Field(description=CONSENT_TEXT, examples=CONSENT_TEXT_EXAMPLES)
    in_force_from: Day = Field(description=IN_FORCE_FROM)


class ConsentTextAnswer(RowAnswer):
    """A version of the text of consent, and the day from which it is in force."""

    version: TextVersion
    text: RecordedText = Field(description=CONSENT_TEXT, examples=CONSENT_TEXT_EXAMPLES)
    in_force_from: date = Field(description=IN_FORCE_FROM)


class ConsentAnswer(RowAnswer):
    """Consent to the processing of personal data, and its withdrawal."""

    id: UUID = Field(description="identifier of the consent")
    application_id: ApplicationId
    text_version: TextVersion
    given_at: datetime = Field(description="instant at which it was given")
    withdrawn_at: datetime | None = Field(description="instant at which it was withdrawn, if so")


MOST_GROUP_ROWS = 100_000
"""The most that the settings may allow in one file."""


class GroupRowAnswer(BaseModel):
    """The answer for one row of a group: the new application, or the rule that refused it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "row": 1,
                    "application_id": "0b9f2c52-6f0e-4a77-9a53-1f1f6f3f8c11",
                    "rule": None,
                    "detail": None,
                    "errors": [],
                }
            ]
        }
    )

    row: int = Field(
        ge=1,
        le=MAX_INTEGER,
        description="place of the row in the file, from 1, without the heading; blank rows count",
        examples=[1],
    )
    application_id: ApplicationId | None = Field(
        default=None, description="identifier of the new application; absent of a refused row"
    )
    rule: RuleCode | None = Field(
        default=None, description="the rule that refused the row, as `/v1/problems` lists it"
    )
    detail: str | None = Field(
        default=None,
        max_length=20_000,
        description="what is wrong with the row, and what helps",
        examples=["No such text of consent is in force."],
    )
    errors: list[FieldError] = Field(
        default_factory=list,
        max_length=1_000,
        description="what is wrong with single members of the row",
    )


class GroupAnswer(BaseModel):
    """The answer for a group: each row is answered on its own."""

    accepted_count: int = Field(
        ge=0, le=MOST_GROUP_ROWS, description="how many rows became applications", examples=[1]
    )
    refused_count: int = Field(
        ge=0, le=MOST_GROUP_ROWS, description="how many rows were refused", examples=[0]
    )
    items: list[GroupRowAnswer] = Field(
        max_length=MOST_GROUP_ROWS, description="the answers, in the order of the file"
    )
