"""Bodies and answers about the addresses of digests."""

from datetime import datetime

from pydantic import Field

from services.applications.application.schemas import RowAnswer
from services.applications.application.values import DeliveryFailure, LanguageCode, RecordedEmail
from services.applications.digests.rules import OfficeKind
from shared.schemas import RequestBody
from shared.values.contacts import EmailAddress


class OfficeContactRequest(RequestBody):
    """Where the office's digest goes, and in which language it is written."""

    email: EmailAddress = Field(description="where the digest goes")
    language: LanguageCode = Field(
        default="ru", description="in which it is written, as a code of ISO 639"
    )


class OfficeContactAnswer(RowAnswer):
    """Where the office's digest goes, and how the last one went."""

    kind: OfficeKind = Field(description="whether a centre or a council")
    number: str = Field(
        min_length=1,
        max_length=500,
        description="the centre's number, or the council's name",
        examples=["78.041"],
    )
    email: RecordedEmail = Field(description="where the digest goes")
    language: LanguageCode = Field(description="in which it is written, as a code of ISO 639")
    set_at: datetime = Field(description="when the address was set last")
    digest_sent_at: datetime | None = Field(description="when a relay took the last one over")
    failure: DeliveryFailure | None
