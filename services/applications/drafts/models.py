"""Drafts of forms."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.applications.base import ApplicationsTable, application_id_column
from shared.columns import Instant


class FormDraft(ApplicationsTable, table=True):
    """The fields of one form of a case, as a subject sent them when the session had ended.

    A subject has one for each application and act. `sealed_fields` is sealed, `sealing_key` names
    the key.
    """

    __tablename__ = "form_draft"
    __table_args__ = (
        Index("ix_form_draft_application", "application_id"),
        Index("ix_form_draft_saved", "saved_at"),
        Index("ix_form_draft_sealing_key", "sealing_key"),
    )

    subject: str = Field(primary_key=True)
    application_id: UUID = application_id_column(primary_key=True)
    act: str = Field(primary_key=True)
    sealed_fields: bytes
    sealing_key: str
    saved_at: datetime = Field(sa_type=Instant)
