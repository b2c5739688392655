"""Groups of applications in one file: each row is submitted in a transaction of its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Request, UploadFile
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from services.applications.access.dependencies import ServiceSettings, Submitter
from services.applications.access.policy import applicant_subject
from services.applications.intake.group import GroupRow, parse_rows
from services.applications.intake.operations import Origin, submit_application
from services.applications.intake.schemas import ApplicationRequest, GroupAnswer, GroupRowAnswer
from services.applications.settings import ApplicationsSettings
from shared.context import command_context
from shared.db import Database
from shared.errors import DomainError, Forbidden
from shared.idempotency import create_once
from shared.locale.field_errors import describe_row_errors, describe_row_refusal, say_refusal
from shared.locale.translator import Translator
from shared.web.client_language import ClientWords
from shared.web.dependencies import IdempotencyKey
from shared.web.resources import get_resources


@dataclass(frozen=True, slots=True)
class GroupIntake:
    """Submits the rows of one file, each in a transaction of its own."""

    database: Database
    settings: ApplicationsSettings
    now: datetime
    idempotency_key: str | None
    subject: str | None
    actor: str
    centre: str | None
    t: Translator

    async def submit_rows(self, parsed_rows: list[GroupRow]) -> GroupAnswer:
        """Submits each row; the answers stand in the file's order, by the places of its rows."""
        row_answers = [await self._answer_row(number, row) for number, row in parsed_rows]
        accepted_count = sum(row_answer.application_id is not None for row_answer in row_answers)
        return GroupAnswer(
            accepted_count=accepted_count,
            refused_count=len(row_answers) - accepted_count,
            items=row_answers,
        )

    async def _answer_row(self, number: int, row: Any) -> GroupRowAnswer:
        try:
            if isinstance(row, DomainError):
                raise row
            body = ApplicationRequest.model_validate(row)
            if self.subject is None and body.centre.number != self.centre:
                raise Forbidden("auth.centre", "A centre takes applications to itself only.")
            return GroupRowAnswer(row=number, application_id=await self._submit_row(number, body))
        except ValidationError as error:
            return GroupRowAnswer(
                row=number,
                rule="request.invalid",
                detail=say_refusal(self.t, "request.invalid", {}, ""),
                errors=describe_row_errors(self.t, error),
            )
        except DomainError as error:
            refusal = describe_row_refusal(self.t, error)
            return GroupRowAnswer(row=number, rule=error.rule, detail=refusal.detail)
        except DBAPIError:
            return GroupRowAnswer(
                row=number,
                rule="service.unavailable",
                detail=say_refusal(self.t, "service.unavailable", {}, ""),
            )

    async def _submit_row(self, number: int, body: ApplicationRequest) -> UUID:
        async with self.database.transaction() as session:
            context = command_context(session, self.now, self.settings, self.actor)

            async def submit_row() -> UUID:
                return await submit_application(context, body, Origin(self.subject))

            row_key = f"{self.idempotency_key}/{number}" if self.idempotency_key else None
            operation = f"submit_group:{self.actor}"
            payload = body.model_dump_json().encode()
            return await create_once(session, operation, row_key, payload, submit_row)


router = APIRouter(prefix="/v1", tags=["groups"])


@router.post("/application-groups", summary="Take a group of applications")
async def submit_group(
    file: Annotated[
        UploadFile,
        File(
            description="the rows, as NDJSON or CSV",
            json_schema_extra={"format": "binary", "examples": ["…"]},
        ),
    ],
    caller: Submitter,
    settings: ServiceSettings,
    request: Request,
    t: ClientWords,
    key: IdempotencyKey = None,
) -> GroupAnswer:
    """A file of NDJSON or CSV; each row is answered on its own, and a bad one fails alone.

    NDJSON: a line is the body of one application's POST. CSV: the columns are the members of
    that body, joined by dots, such as `applicant.family_name`. With an Idempotency-Key a retry
    submits no row twice.
    """
    resources = get_resources(request)
    parsed_rows = parse_rows(await file.read(), settings.bulk_rows)
    group_intake = GroupIntake(
        database=resources.database,
        settings=settings,
        now=resources.clock.now(),
        idempotency_key=key,
        subject=applicant_subject(caller),
        actor=caller.subject,
        centre=caller.centre,
        t=t,
    )
    return await group_intake.submit_rows(parsed_rows)
