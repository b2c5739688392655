"""Versions of a qualification: their steps, their days, what differs between them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.lifecycle.differences import differences
from services.catalog.lifecycle.status import Change
from services.catalog.operations import drafting, procedure
from services.catalog.queries import versions
from services.catalog.queries.versions import Standing
from services.catalog.routes import answers
from services.catalog.routes.answers import Draft
from services.catalog.schemas import (
    Approve,
    DifferenceAnswer,
    Differences,
    NewVersion,
    Publish,
    Qualification,
    Return,
)
from shared.auth import AllowWrites, Scope
from shared.http import ExpectedVersion, Now, Reading, Today, Transaction
from shared.problems import responses

router = APIRouter(
    prefix="/v1/qualifications/{qualification_id}/versions",
    tags=["versions"],
    dependencies=[Depends(AllowWrites(Scope.PUBLISH))],
)

Number = Annotated[int, Path(ge=1, le=10_000, description="1, 2, 3 in the order of drafting")]
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
        self.response.headers["ETag"] = answers.tag(standing, self.today)
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


@router.get("", summary="All versions", responses=responses(404))
async def every(qualification_id: UUID, session: Reading, today: Today) -> list[Qualification]:
    """All versions, oldest first, with the days on which each is in force."""
    found = await versions.standings(session, qualification_id)
    return [answers.qualification(standing, today) for standing in found]


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
    response.headers["ETag"] = answers.tag(standing, today)
    return answers.qualification(standing, today)


@router.get(
    "/{number}", summary="One version", responses=responses(404), response_model=Qualification
)
async def get(
    qualification_id: UUID,
    number: Number,
    session: Reading,
    today: Today,
    fields: answers.OneFields,
    request: Request,
    response: Response,
) -> Qualification | Response:
    """A version, published or on its way."""
    standing = await versions.standing(session, qualification_id, number)
    return answers.one(standing, today, request, response, fields)


@router.put("/{number}", summary="Replace a draft", responses=_STEP)
async def edit(asked: Step, body: Draft) -> Qualification:
    """Replaces all columns of a draft."""
    return asked.told(await drafting.edit_draft(*asked.of, body))


@router.post("/{number}/submit", summary="Submit for expert review", responses=_STEP)
async def submit(asked: Step) -> Qualification:
    """Hands the draft to the experts; from then on it is not edited."""
    return asked.told(await procedure.submit(*asked.of, asked.now))


@router.post("/{number}/return", summary="Return with remarks", responses=_STEP)
async def send_back(asked: Step, body: Return) -> Qualification:
    """Gives the version back to the council as a draft."""
    return asked.told(await procedure.send_back(*asked.of, body.remarks))


@router.post("/{number}/approve", summary="Record the approval", responses=_STEP)
async def approve(asked: Step, body: Approve) -> Qualification:
    """By whom and by which protocol. An editorial correction needs no expert review before."""
    return asked.told(await procedure.approve(*asked.of, body, asked.today))


@router.post("/{number}/publish", summary="Publish from a day", responses=_STEP)
async def publish(asked: Step, body: Publish) -> Qualification:
    """Publishes for good; from `effective_from` on people apply under this version."""
    day = body.effective_from
    return asked.told(await procedure.publish(*asked.of, day, today=asked.today, now=asked.now))


@router.post("/{number}/discard", summary="Give a version up", responses=_STEP)
async def discard(asked: Step) -> Qualification:
    """Ends a version that was not published. It stays on record."""
    return asked.told(await procedure.discard(*asked.of))


@router.get("/{number}/differences", summary="What differs", responses=responses(404))
async def differing(
    qualification_id: UUID,
    number: Number,
    session: Reading,
    since: Annotated[
        int | None, Query(ge=1, le=10_000, description="the version before, unless told")
    ] = None,
) -> Differences:
    """What changed from another version to this one, place by place."""
    before = number - 1 if since is None else since
    if before < 1:
        return Differences(
            id=qualification_id, before=0, after=number, substantive=False, differences=[]
        )
    older = await versions.standing(session, qualification_id, before)
    newer = await versions.standing(session, qualification_id, number)
    found = differences(older.version.content, newer.version.content)
    return Differences(
        id=qualification_id,
        before=before,
        after=number,
        substantive=any(one.substantive for one in found),
        differences=[DifferenceAnswer.model_validate(one) for one in found],
    )
