"""Bodies of changes: annulments, measures, extensions."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.certificates.certificate.standing import ChangeKind
from shared.clock import check_period
from shared.schemas import RequestBody


class AnnulmentRequest(RequestBody):
    """Why a certificate is annulled: it was issued in error."""

    reason: str = Field(min_length=10, max_length=1000)
    basis: str = Field(min_length=3, max_length=300, description="the decision that says so")


class MeasureRequest(AnnulmentRequest):
    """A suspension, reinstatement or withdrawal: why, by what decision, from which day."""

    kind: Literal[ChangeKind.SUSPENDED, ChangeKind.REINSTATED, ChangeKind.WITHDRAWN]
    effective_on: date


class ExtensionRequest(RequestBody):
    """A decision that certificates which end in a window get a longer term."""

    ends_from: date
    ends_to: date
    extended_by: Annotated[str, AfterValidator(check_period)] = Field(examples=["P5M"])
    reason: str = Field(min_length=10, max_length=1000)
    basis: str = Field(min_length=3, max_length=300, description="the decision that says so")

    @model_validator(mode="after")
    def _check_window(self) -> "ExtensionRequest":
        if self.ends_from > self.ends_to:
            raise PydanticCustomError("extension.window", "the window ends before it begins")
        return self


class ConfirmedExtensionRequest(ExtensionRequest):
    """A decision to extend, after its preview was looked at."""

    count: int = Field(ge=1, description="how many certificates the preview showed")


class ExtendedCertificate(BaseModel):
    """A certificate whose validity an extension moves."""

    id: UUID
    number: str
    valid_until: date = Field(description="its end before")
    extended_to: date


class ExtensionAnswer(BaseModel):
    """Which certificates an extension moves, or would move."""

    count: int
    certificates: list[ExtendedCertificate]
