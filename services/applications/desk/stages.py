"""The stages that every case goes through, and where it stands. No I/O."""

from dataclasses import dataclass
from enum import StrEnum

from services.applications.application.status import Status


class Stage(StrEnum):
    """The stages of a case, in their order."""

    APPLICATION = "application"
    REVIEW = "review"
    EXAMINATION = "examination"
    COUNCIL = "council"
    DOCUMENT = "document"


STAGE_BY_STATUS = {
    Status.DRAFT: Stage.APPLICATION,
    Status.RETURNED: Stage.APPLICATION,
    Status.SUBMITTED: Stage.REVIEW,
    Status.UNDER_REVIEW: Stage.REVIEW,
    Status.ADMITTED: Stage.EXAMINATION,
    Status.SCHEDULED: Stage.EXAMINATION,
    Status.NO_SHOW: Stage.EXAMINATION,
    Status.EXAMINED: Stage.COUNCIL,
    Status.WITH_COUNCIL: Stage.COUNCIL,
    Status.APPROVED: Stage.DOCUMENT,
    Status.CERTIFIED: Stage.DOCUMENT,
    Status.NOT_CONFIRMED: Stage.DOCUMENT,
}
"""The stage in which a case waits; a case that has ended is in none."""


@dataclass(frozen=True, slots=True)
class StageState:
    """One stage of a case: behind it, the present one, or ahead."""

    stage: Stage
    is_done: bool
    current: bool


def list_stages(status: Status, reached_stage: Stage) -> list[StageState]:
    """All stages of a case in this status.

    `reached_stage` is the last one that a case without a present stage has come to the end of.
    """
    current_stage = STAGE_BY_STATUS.get(status)
    order = list(Stage)
    done_count = (
        order.index(reached_stage) + 1 if current_stage is None else order.index(current_stage)
    )
    return [
        StageState(stage, is_done=index < done_count, current=stage is current_stage)
        for index, stage in enumerate(order)
    ]
