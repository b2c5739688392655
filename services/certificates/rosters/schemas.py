"""Bodies of rosters: subscriptions, enrolments, digests, jobs."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from services.certificates.certificate.members import (
    IssuedOn,
    StatedLine,
)
from services.certificates.certificate.number import CertificateNumber, StoredNumber
from services.certificates.certificate.schemas import RowAnswerBase
from services.certificates.rosters.rules import EnrolmentAction, SubscriptionState
from services.certificates.verification.schemas import (
    CancelledAt,
    CreatedAt,
    FinishedAt,
    JobKey,
    Question,
    RowErrors,
    RowNumber,
    RowsDone,
    RowTotal,
    VerificationAnswer,
)
from shared.schemas import CivilDay, Count, Position, RequestBody
from shared.values.lines import TextForm
from shared.values.pasted import clean_paragraphs

NAME_LENGTH = 120
PURPOSE_LENGTH = 1000
BASIS_LENGTH = 300

SubscriptionKey = Annotated[
    UUID, Field(description="the roster's id", examples=["a83e6b40-5f1d-4d97-8c2a-17b9e0f4d362"])
]
Name = Annotated[
    str,
    TextForm(max_length=NAME_LENGTH),
    Field(description="what the roster is called, for people", examples=["Лифтёры, Москва"]),
]
Purpose = Annotated[
    str,
    TextForm(10, PURPOSE_LENGTH, clean_paragraphs, pattern=None),
    Field(
        description="what the employer watches the certificates for",
        examples=["Допуск лифтёров к работе"],
    ),
]
AdmittingBasis = Annotated[
    str,
    TextForm(3, BASIS_LENGTH),
    Field(
        description="the law, contract or consent that admits it",
        examples=["Трудовой договор, пункт 4.2"],
    ),
]
Until = Annotated[
    CivilDay,
    Field(
        description="the last civil day of the roster; within the term of the settings",
        examples=["2028-12-31"],
    ),
]
WatchedUntil = Annotated[
    CivilDay | None,
    Field(
        description="the last civil day that it is watched; null: that of the roster",
        examples=["2028-06-30"],
    ),
]


class SubscriptionRequest(RequestBody):
    """A roster that a portal wants: what for, by what right, and through which day."""

    name: Name
    purpose: Purpose
    basis: AdmittingBasis
    until: Until


class SubscriptionPatch(RequestBody):
    """What is to be another; what is left out stays."""

    name: Name | None = None
    purpose: Purpose | None = None
    basis: AdmittingBasis | None = None
    until: Until | None = None


class SubscriptionAnswer(RowAnswerBase):
    """A subscription, and how far its events are."""

    id: SubscriptionKey
    name: Name
    purpose: Purpose
    basis: AdmittingBasis
    until: Until
    state: SubscriptionState = Field(description="whether it goes on, or how it ended")
    enrolled: Count = Field(description="certificates that are watched", examples=[240])
    last_sequence: Position = Field(
        description="the number of the last event; 0 before the first", examples=[1024]
    )
    created_at: datetime = Field(description="when it began", examples=["2026-11-25T09:30:00Z"])
    ended_at: datetime | None = Field(
        description="when it ended; null while it goes on", examples=[None]
    )


class EnrolmentRequest(RequestBody):
    """A certificate to be watched, as printed; `until` is a day before the subscription's end."""

    number: CertificateNumber
    issued_on: IssuedOn
    until: WatchedUntil = None


class EnrolmentRowRequest(Question):
    """A row of a job: a certificate as printed; `until` only where it is enrolled."""

    until: WatchedUntil = None


class EnrolmentAnswer(BaseModel):
    """A certificate on the roster, and how it stands now: what comes after, events tell."""

    number: StoredNumber
    until: WatchedUntil
    status: VerificationAnswer = Field(description="verification's answer now")


class EnrolmentJobAnswer(RowAnswerBase):
    """A job of many rows, and how far it is; `refusals` counts the rows that were refused."""

    id: JobKey
    subscription_id: SubscriptionKey
    action: EnrolmentAction = Field(description="whether certificates are enrolled or unenrolled")
    total: RowTotal
    done: RowsDone
    refusals: Count = Field(description="how many of these were refused", examples=[2])
    created_at: CreatedAt
    finished_at: FinishedAt
    cancelled_at: CancelledAt


class EnrolmentRowAnswer(TypedDict):
    """What came of one row: `rule` is why it was refused, `status` how the certificate stands."""

    row: RowNumber
    outcome: Annotated[
        Literal["done", "refused"], Field(description="whether the certificate is now as asked")
    ]
    rule: Annotated[
        StatedLine | None,
        Field(
            description="the broken rule, as `/v1/problems` lists it; null where it is done",
            examples=[None],
        ),
    ]
    status: Annotated[
        VerificationAnswer | None, Field(description="verification's answer; null where refused")
    ]
    errors: RowErrors
