"""Bodies and answers about the addresses of digests."""

from datetime import datetime

from pydantic import Field

from services.applications.application.schemas import RowAnswer
from services.applications.digests.rules import OfficeKind
from services.applications.intake.schemas import EmailAddress
from shared.schemas import RequestBody


class OfficeContactRequest(RequestBody):
    """Where the office's digest goes, and in which language it is written."""

    email: EmailAddress = Field(max_length=254)
    language: str = Field(default="ru", pattern=r"^[a-z]{2,3}$")


class OfficeContactAnswer(RowAnswer):
    """Where the office's digest goes, and how the last one went."""

    kind: OfficeKind
    number: str
    email: str
    language: str
    set_at: datetime
    digest_sent_at: datetime | None = Field(description="when a relay took the last one over")
    failure: str | None = Field(description="of the last try: a code of SMTP, or a kind")
