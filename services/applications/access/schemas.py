"""Answers about who saw personal data."""

from datetime import datetime

from services.applications.application.schemas import RowAnswer


class DisclosureAnswer(RowAnswer):
    """A disclosure of personal data: who read it, when, under which scope, at which route."""

    disclosed_at: datetime
    subject: str
    scope: str
    resource: str
