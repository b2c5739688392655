"""Groups of applications in one file, over HTTP: each row in a transaction of its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, UploadFile
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from services.applications.access.dependencies import Applying, ServiceSettings
from services.applications.access.policy import account
from services.applications.intake import group, operations
from services.applications.intake.schemas import GroupTaken, NewApplication, RowTaken
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.errors import DomainError, Forbidden, faults_of
from shared.idempotency import once
from shared.web.dependencies import IdempotencyKey, Now


@dataclass(frozen=True, slots=True)
class Taker:
    """Takes the rows of one file, each in a transaction of its own."""

    database: Database
    settings: ApplicationsSettings
    now: datetime
    key: str | None
    subject: str | None
    actor: str
    centre: str | None

    async def take(self, found: list[Any]) -> GroupTaken:
        """What became of each row, in the file's order."""
        answered = [await self._row(number, row) for number, row in enumerate(found, 1)]
        taken = sum(one.application_id is not None for one in answered)
        return GroupTaken(taken=taken, refused=len(answered) - taken, rows=answered)

    async def _row(self, number: int, row: Any) -> RowTaken:
        try:
            new = NewApplication.model_validate(row)
            if self.subject is None and new.centre.number != self.centre:
                raise Forbidden("auth.centre", "A centre takes applications to itself only.")
            return RowTaken(row=number, application_id=await self._take(number, new))
        except ValidationError as error:
            return RowTaken(
                row=number,
                rule="request.invalid",
                detail="Correct the fields.",
                errors=faults_of(error),
            )
        except DomainError as error:
            return RowTaken(row=number, rule=error.rule, detail=error.detail)
        except DBAPIError:
            return RowTaken(
                row=number, rule="service.unavailable", detail="Not taken. Send the row again."
            )

    async def _take(self, number: int, new: NewApplication) -> Any:
        async with self.database.transaction() as session:

            async def perform() -> Any:
                return await operations.submit(
                    session,
                    new,
                    self.now,
                    self.settings,
                    self.settings.keyring,
                    subject=self.subject,
                    actor=self.actor,
                )

            key = f"{self.key}/{number}" if self.key else None
            operation = f"submit_group:{self.actor}"
            return await once(session, operation, key, new.model_dump_json().encode(), perform)


router = APIRouter(prefix="/v1", tags=["groups"])


@router.post("/application-groups", summary="Take a group of applications")
async def take(
    file: UploadFile,
    caller: Applying,
    now: Now,
    settings: ServiceSettings,
    request: Request,
    key: IdempotencyKey = None,
) -> GroupTaken:
    """A file of NDJSON or CSV; each row is answered on its own, and a bad one fails alone.

    NDJSON: a line is what one application's POST takes. CSV: the columns are the members of that
    body, joined by dots, such as `applicant.family_name`. With an Idempotency-Key a retry takes no
    row twice.
    """
    found = group.rows(await file.read(), settings.bulk_rows)
    taker = Taker(
        database=request.app.state.database,
        settings=settings,
        now=now,
        key=key,
        subject=account(caller),
        actor=caller.subject,
        centre=caller.centre,
    )
    return await taker.take(found)
