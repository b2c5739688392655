"""Bodies of the steps of a version."""

from typing import Literal

from pydantic import Field

from services.catalog.qualification.columns import LongText, Reason
from services.catalog.qualification.form import Approval, QualificationDraft
from shared.schemas import CivilDay, RequestBody


class NewVersionRequest(QualificationDraft):
    """A new version: its content, the kind of change, and the reason for it."""

    change: Literal["editorial", "substantive"] = Field(
        description="editorial: wording only, approved without a new expert review"
    )
    change_reason: Reason

    def content(self) -> QualificationDraft:
        """The version's content, without the kind of change and its reason."""
        members = self.model_dump(exclude={"change", "change_reason"})
        return QualificationDraft.model_validate(members)


class ReturnRequest(RequestBody):
    """Remarks of the experts or the agency, with which a version goes back to the council."""

    remarks: LongText = Field(
        description="what must be changed before it can be approved",
        examples=["Уточните стаж работы: укажите месяцы"],
    )


class ApprovalRequest(Approval):
    """Who approved the version, by which protocol."""


class PublicationRequest(RequestBody):
    """The day from which the version is in force."""

    effective_from: CivilDay = Field(
        description="first civil day on which people apply under this version",
        examples=["2026-03-02"],
    )


class WithdrawalRequest(RequestBody):
    """The day from which the qualification is no longer in force, and the reason."""

    withdrawn_from: CivilDay = Field(
        description="first civil day on which nobody can apply for it", examples=["2027-01-01"]
    )
    reason: Reason
