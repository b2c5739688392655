"""Bodies of changes: annulments, measures, extensions."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.certificates.certificate.members import CertificateId
from services.certificates.certificate.number import StoredNumber
from services.certificates.certificate.standing import ChangeKind
from shared.clock import check_period
from shared.schemas import MAX_EXACT_INTEGER, CivilDay, Count, RequestBody
from shared.values.lines import TextForm
from shared.values.pasted import clean_paragraphs

EXTENSION_ITEMS = 1000
"""Of what an extension moves, so many are shown."""

Reason = Annotated[
    str,
    TextForm(10, 1000, clean_paragraphs, pattern=None),
    Field(
        description="why, in words for people",
        examples=["Выдано по ошибке в протоколе экзамена"],
    ),
]
DecisionBasis = Annotated[
    str,
    TextForm(min_length=3),
    Field(
        description="the decision that says so",
        examples=["Решение НАРК № 12 от 01.03.2027"],
    ),
]


class AnnulmentRequest(RequestBody):
    """Why a certificate is annulled: it was issued in error."""

    reason: Reason
    basis: DecisionBasis


class ShorteningRequest(AnnulmentRequest):
    """A decision that a certificate ends earlier than it says: to which day, why."""

    ends_on: CivilDay = Field(
        description="its last day of validity from now on, before the one it has",
        examples=["2028-11-24"],
    )


MeasureKind = Literal[ChangeKind.SUSPENDED, ChangeKind.REINSTATED, ChangeKind.WITHDRAWN]
"""The changes that ISO/IEC 17024 knows and the national acts do not."""


class MeasureRequest(AnnulmentRequest):
    """A suspension, reinstatement or withdrawal: why, by what decision, from which day."""

    effective_on: CivilDay = Field(
        description="the civil day from which it counts", examples=["2027-03-01"]
    )


class ExtensionRequest(RequestBody):
    """A decision that certificates which end in a window get a longer term."""

    ends_from: CivilDay = Field(
        description="the first day on which certificates of the selection end",
        examples=["2029-11-01"],
    )
    ends_to: CivilDay = Field(description="the last such day", examples=["2029-11-30"])
    extended_by: Annotated[str, AfterValidator(check_period)] = Field(
        max_length=20,
        description="how much longer each is valid, an ISO 8601 period",
        examples=["P5M"],
    )
    reason: Reason
    basis: DecisionBasis
    decided_on: CivilDay | None = Field(
        default=None,
        description="the civil day of the decision, today or before; null: today",
        examples=["2029-11-20"],
    )
    effective_on: CivilDay | None = Field(
        default=None,
        description="the civil day from which the new ends hold, today or before; null: no gap, "
        "that is from `decided_on` or `ends_from`, whichever is earlier",
        examples=["2029-11-01"],
    )

    @model_validator(mode="after")
    def _check_window(self) -> "ExtensionRequest":
        if self.ends_from > self.ends_to:
            raise PydanticCustomError("extension.window", "the window ends before it begins")
        return self


class ConfirmedExtensionRequest(ExtensionRequest):
    """A decision to extend, after its preview was looked at."""

    count: int = Field(
        ge=1,
        le=MAX_EXACT_INTEGER,
        description="how many certificates the preview showed",
        examples=[2],
    )


class ExtendedCertificate(BaseModel):
    """A certificate whose validity an extension moves."""

    id: CertificateId
    number: StoredNumber
    ends_on: date = Field(description="its last day before", examples=["2029-11-24"])
    extended_to: date = Field(description="its last day after", examples=["2030-04-24"])


class ExtensionAnswer(BaseModel):
    """How many certificates an extension moves, or would move, and the first of them."""

    model_config = ConfigDict(frozen=True)

    count: Count = Field(description="how many it moves; `items` may be fewer", examples=[1])
    items: list[ExtendedCertificate] = Field(
        max_length=EXTENSION_ITEMS,
        description="the certificates that it moves, the first to end first, at most 1000",
    )

    @classmethod
    def about(cls, selection: list[ExtendedCertificate]) -> "ExtensionAnswer":
        """The answer about a selection of any size."""
        return cls(count=len(selection), items=selection[:EXTENSION_ITEMS])
