"""Answers about who saw personal data."""

from datetime import datetime

from pydantic import Field

from services.applications.application.schemas import RowAnswer
from shared.schemas import TokenSubject


class DisclosureAnswer(RowAnswer):
    """A disclosure of personal data: who read it, when, under which scope, at which route."""

    disclosed_at: datetime = Field(description="instant of the reading")
    subject: TokenSubject = Field(description="account of the reader")
    scope: str = Field(
        max_length=100,
        description="scope under which the data was read",
        examples=["applications:process"],
    )
    resource: str = Field(
        max_length=500,
        description="route that was read, by its pattern",
        examples=["/v1/applications/{application_id}"],
    )
