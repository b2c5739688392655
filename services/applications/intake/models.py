"""Consent, and the register of its texts."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlmodel import Field

from services.applications.base import ApplicationsTable
from shared.columns import Instant


class ConsentText(ApplicationsTable, table=True):
    """A version of the text of consent; never changed, because people agreed to these words."""

    __tablename__ = "consent_text"

    version: str = Field(primary_key=True)
    text: str
    in_force_from: date
    recorded_at: datetime = Field(sa_type=Instant)


class Consent(ApplicationsTable, table=True):
    """Consent to the processing of personal data: a document of its own (152-FZ, art. 9)."""

    __tablename__ = "consent"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = Field(foreign_key="application.id", unique=True)
    text_version: str = Field(foreign_key="consent_text.version")
    given_at: datetime = Field(sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
