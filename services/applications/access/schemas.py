"""Answers about who saw personal data."""

from datetime import datetime

from services.applications.application.schemas import RowAnswer


class Looked(RowAnswer):
    """Somebody looked at personal data; `what` is the route's address."""

    at: datetime
    subject: str
    part: str
    what: str
