"""Versions over HTTP: their steps, the days on which they are in force, their differences."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.procedure import drafting, operations
from services.catalog.procedure.schemas import (
    ApprovalRequest,
    NewVersionRequest,
    PublicationRequest,
    ReturnRequest,
)
from services.catalog.qualification import answers
from services.catalog.qualification.queries import DatedVersion
from services.catalog.qualification.responses import DraftBody, version_tag
from services.catalog.qualification.schemas import QualificationAnswer
from services.catalog.qualification.status import Change
from services.catalog.qualification.version_routes import VersionNumberPath
from shared.principal import Scope
from shared.web.dependencies import ExpectedVersion, Now, Today, Transaction
from shared.web.guards import AllowWrites
from shared.web.problems import problem_responses

router = APIRouter(
    prefix="/v1/qualifications/{qualification_id}/versions",
    tags=["versions"],
    dependencies=[Depends(AllowWrites(Scope.PUBLISH))],
)


_STEP_RESPONSES = problem_responses(404, 409, 412)


@dataclass(frozen=True, slots=True)
class VersionStep:
    """What every step of a version works with: the version asked for, the session, the time."""

    session: AsyncSession
    qualification_id: UUID
    number: int
    expected_revision: int | None
    now: datetime
    today: date
    response: Response

    @property
    def arguments(self) -> tuple[AsyncSession, UUID, int, int | None]:
        """The arguments with which every operation on a version begins."""
        return self.session, self.qualification_id, self.number, self.expected_revision

    def answer(self, dated_version: DatedVersion) -> QualificationAnswer:
        """The answer after the step; sets the response's new entity tag."""
        self.response.headers["ETag"] = version_tag(dated_version, self.today)
        return answers.qualification_answer(dated_version, self.today)


def _version_step(
    qualification_id: UUID,
    number: VersionNumberPath,
    session: Transaction,
    expected_revision: ExpectedVersion,
    now: Now,
    today: Today,
    response: Response,
) -> VersionStep:
    return VersionStep(session, qualification_id, number, expected_revision, now, today, response)


VersionStepContext = Annotated[VersionStep, Depends(_version_step)]


@router.post(
    "", status_code=201, summary="Draft a new version", responses=problem_responses(404, 409)
)
async def create_version(
    qualification_id: UUID,
    body: NewVersionRequest,
    session: Transaction,
    now: Now,
    today: Today,
    response: Response,
) -> QualificationAnswer:
    """The next version of a published qualification, as an editorial or a substantive change."""
    dated_version = await drafting.create_version(
        session, qualification_id, body.content(), Change(body.change), body.change_reason, now
    )
    number = dated_version.row.version
    response.headers["Location"] = f"/v1/qualifications/{qualification_id}/versions/{number}"
    response.headers["ETag"] = version_tag(dated_version, today)
    return answers.qualification_answer(dated_version, today)


@router.put("/{number}", summary="Replace a draft", responses=_STEP_RESPONSES)
async def replace_draft(step: VersionStepContext, body: DraftBody) -> QualificationAnswer:
    """Replaces all columns of a draft."""
    return step.answer(await drafting.edit_draft(*step.arguments, body))


@router.post("/{number}/submit", summary="Submit for expert review", responses=_STEP_RESPONSES)
async def submit_version(step: VersionStepContext) -> QualificationAnswer:
    """Hands the draft to the experts; from then on it is not edited."""
    return step.answer(await operations.submit_version(*step.arguments, step.now))


@router.post("/{number}/return", summary="Return with remarks", responses=_STEP_RESPONSES)
async def return_version(step: VersionStepContext, body: ReturnRequest) -> QualificationAnswer:
    """Gives the version back to the council as a draft."""
    return step.answer(await operations.return_version(*step.arguments, body.remarks))


@router.post("/{number}/approve", summary="Record the approval", responses=_STEP_RESPONSES)
async def approve_version(step: VersionStepContext, body: ApprovalRequest) -> QualificationAnswer:
    """Records by whom and by which protocol it was approved.

    An editorial correction needs no expert review before.
    """
    return step.answer(await operations.approve_version(*step.arguments, body, step.today))


@router.post("/{number}/publish", summary="Publish from a day", responses=_STEP_RESPONSES)
async def publish_version(
    step: VersionStepContext, body: PublicationRequest
) -> QualificationAnswer:
    """Publishes for good; from `effective_from` on people apply under this version."""
    effective_from = body.effective_from
    return step.answer(
        await operations.publish_version(
            *step.arguments, effective_from, today=step.today, now=step.now
        )
    )


@router.post("/{number}/discard", summary="Give a version up", responses=_STEP_RESPONSES)
async def discard_version(step: VersionStepContext) -> QualificationAnswer:
    """Ends a version that is not published. It stays on record."""
    return step.answer(await operations.discard_version(*step.arguments))
