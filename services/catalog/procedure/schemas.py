"""What is told with each step of a version."""

from typing import Literal

from pydantic import Field

from services.catalog.qualification.form import Day, Line, Prose, QualificationDraft
from shared.schemas import RequestBody


class NewVersion(QualificationDraft):
    """The content of a new version, what kind of change it is, and why it is made."""

    change: Literal["editorial", "substantive"] = Field(
        description="editorial: wording only, approved without a new expert review"
    )
    change_reason: Prose

    def content(self) -> QualificationDraft:
        """The content alone."""
        told = self.model_dump(exclude={"change", "change_reason"})
        return QualificationDraft.model_validate(told)


class Return(RequestBody):
    """The experts' or the agency's remarks."""

    remarks: Prose


class Approve(RequestBody):
    """Who approved the version, by which protocol."""

    approved_by: Line
    protocol_number: str = Field(min_length=1, max_length=100)
    protocol_date: Day
    order_number: str | None = Field(
        default=None, min_length=1, max_length=100, description="of the agency's order, if any"
    )


class Publish(RequestBody):
    """From which day the version is in force."""

    effective_from: Day


class Withdraw(RequestBody):
    """From which day the qualification is no longer in force, and why."""

    withdrawn_from: Day
    reason: Prose
