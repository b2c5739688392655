"""The steps of a version, over HTTP."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.procedure import drafting, operations
from services.catalog.procedure.schemas import Approve, NewVersion, Publish, Return
from services.catalog.qualification import answers
from services.catalog.qualification import responses as qualification_responses
from services.catalog.qualification.queries import Standing
from services.catalog.qualification.responses import Draft
from services.catalog.qualification.schemas import Qualification
from services.catalog.qualification.status import Change
from services.catalog.qualification.version_routes import Number
from shared.principal import Scope
from shared.web.dependencies import ExpectedVersion, Now, Today, Transaction
from shared.web.guards import AllowWrites
from shared.web.problems import responses

router = APIRouter(
    prefix="/v1/qualifications/{qualification_id}/versions",
    tags=["versions"],
    dependencies=[Depends(AllowWrites(Scope.PUBLISH))],
)


_STEP = responses(404, 409, 412)


@dataclass(frozen=True, slots=True)
class Asked:
    """What every step of a version is asked with."""

    session: AsyncSession
    qualification_id: UUID
    number: int
    expected: int | None
    now: datetime
    today: date
    response: Response

    @property
    def of(self) -> tuple[AsyncSession, UUID, int, int | None]:
        """What every operation on a version begins with."""
        return self.session, self.qualification_id, self.number, self.expected

    def told(self, standing: Standing) -> Qualification:
        """The version after the step, with its new tag."""
        self.response.headers["ETag"] = qualification_responses.tag(standing, self.today)
        return answers.qualification(standing, self.today)


def _asked(
    qualification_id: UUID,
    number: Number,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    today: Today,
    response: Response,
) -> Asked:
    return Asked(session, qualification_id, number, expected, now, today, response)


Step = Annotated[Asked, Depends(_asked)]


@router.post("", status_code=201, summary="Draft a new version", responses=responses(404, 409))
async def create(
    qualification_id: UUID,
    body: NewVersion,
    session: Transaction,
    now: Now,
    today: Today,
    response: Response,
) -> Qualification:
    """The next version of a published qualification, as an editorial or a substantive change."""
    standing = await drafting.create_version(
        session, qualification_id, body.content(), Change(body.change), body.change_reason, now
    )
    number = standing.version.version
    response.headers["Location"] = f"/v1/qualifications/{qualification_id}/versions/{number}"
    response.headers["ETag"] = qualification_responses.tag(standing, today)
    return answers.qualification(standing, today)


@router.put("/{number}", summary="Replace a draft", responses=_STEP)
async def edit(asked: Step, body: Draft) -> Qualification:
    """Replaces all columns of a draft."""
    return asked.told(await drafting.edit_draft(*asked.of, body))


@router.post("/{number}/submit", summary="Submit for expert review", responses=_STEP)
async def submit(asked: Step) -> Qualification:
    """Hands the draft to the experts; from then on it is not edited."""
    return asked.told(await operations.submit(*asked.of, asked.now))


@router.post("/{number}/return", summary="Return with remarks", responses=_STEP)
async def send_back(asked: Step, body: Return) -> Qualification:
    """Gives the version back to the council as a draft."""
    return asked.told(await operations.send_back(*asked.of, body.remarks))


@router.post("/{number}/approve", summary="Record the approval", responses=_STEP)
async def approve(asked: Step, body: Approve) -> Qualification:
    """By whom and by which protocol. An editorial correction needs no expert review before."""
    return asked.told(await operations.approve(*asked.of, body, asked.today))


@router.post("/{number}/publish", summary="Publish from a day", responses=_STEP)
async def publish(asked: Step, body: Publish) -> Qualification:
    """Publishes for good; from `effective_from` on people apply under this version."""
    day = body.effective_from
    return asked.told(await operations.publish(*asked.of, day, today=asked.today, now=asked.now))


@router.post("/{number}/discard", summary="Give a version up", responses=_STEP)
async def discard(asked: Step) -> Qualification:
    """Ends a version that was not published. It stays on record."""
    return asked.told(await operations.discard(*asked.of))
