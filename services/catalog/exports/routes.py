"""Qualifications for taking away: the council's form, all as JSON, all as a stream of lines."""

from collections.abc import AsyncIterator
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic_core import to_json
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.changes import queries as changes_queries
from services.catalog.council_table.grammar.limits import limits
from services.catalog.council_table.writing.form import Draft
from services.catalog.council_table.writing.write_csv import write_csv
from services.catalog.council_table.writing.write_docx import write_docx
from services.catalog.qualification import answers
from services.catalog.qualification.dependencies import ServiceSettings
from services.catalog.qualification.queries import Standing
from services.catalog.qualification.schemas import Qualification
from services.catalog.search import queries
from services.catalog.search.routes import Wanted
from shared import ndjson
from shared.db import execute
from shared.errors import NotFound, RuleViolation
from shared.web.dependencies import Reading, Today
from shared.web.guards import PUBLIC
from shared.web.problems import responses

router = APIRouter(prefix="/v1/exports", tags=["exports"], dependencies=[Depends(PUBLIC)])

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CSV = "text/csv; charset=utf-8"


async def _form(session: Reading, wanted: Wanted, settings: ServiceSettings) -> list[Draft]:
    """The contents that a form is made of, by name. Raises `NotFound`, `RuleViolation`."""
    most = limits(settings).rows
    drafts = []
    async for standing in queries.stream(session, wanted):
        drafts.append(standing.version.content)
        if len(drafts) > most:
            raise RuleViolation(
                "export.too_many", f"A form has at most {most} qualifications. Ask for fewer."
            )
    councils = sorted({draft["council"] for draft in drafts})
    if not drafts:
        raise NotFound("export.empty", "Nothing is in force that this asks for. Ask for more.")
    if len(councils) > 1:
        raise RuleViolation(
            "export.one_council",
            "A form has the qualifications of one council. Add council=...; see `councils`.",
            field="#query/council",
            extra={"councils": councils},
        )
    return sorted(drafts, key=lambda draft: (draft["level"], draft["name"]))


Form = Annotated[list[Draft], Depends(_form, scope="function")]


@router.get("/form.docx", summary="The form, DOCX", responses=responses(404))
async def docx(drafts: Form, settings: ServiceSettings) -> Response:
    """The council's form of order 726n. Importing it gives the same qualifications."""
    content = await to_thread.run_sync(write_docx, drafts, limits(settings))
    return _file(content, DOCX, "form.docx")


@router.get("/form.csv", summary="The form, CSV", responses=responses(404))
async def csv(drafts: Form, settings: ServiceSettings) -> Response:
    """The council's form of order 726n. Importing it gives the same qualifications."""
    content = await to_thread.run_sync(write_csv, drafts, limits(settings))
    return _file(content, CSV, "form.csv")


@router.get("/qualifications.json", summary="All, JSON")
async def array(
    session: Reading,
    wanted: Wanted,
    today: Today,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 1_000,
) -> list[Qualification]:
    """Up to a thousand whole qualifications at once; more than that come as NDJSON."""
    found: list[Qualification] = []
    async for standing in queries.stream(session, wanted):
        if len(found) == limit:
            raise RuleViolation(
                "export.too_many",
                f"There are more than {limit}. Take qualifications.ndjson, or ask for fewer.",
            )
        found.append(answers.qualification(standing, today))
    return found


@router.get(
    "/qualifications.ndjson",
    summary="All, a line each",
    response_class=StreamingResponse,
    responses={200: {"content": {ndjson.MEDIA_TYPE: {}}}},
)
async def lines(request: Request, wanted: Wanted, today: Today) -> StreamingResponse:
    """Everything that the filter asks for, however much, from one moment.

    The last line is `{"end": true, "count": N, "position": P}`: without it the answer was broken
    off. Go on from `P` with `/v1/changes?after=P`: nothing lies between.
    """

    async def sent() -> AsyncIterator[bytes]:
        async with request.app.state.database.reading() as session:
            await _one_moment(session)
            position = await changes_queries.head(session)
            count = 0
            async for standing in queries.stream(session, wanted):
                count += 1
                yield _line(standing, today)
            yield to_json({"end": True, "count": count, "position": position}) + b"\n"

    return StreamingResponse(sent(), media_type=ndjson.MEDIA_TYPE)


async def _one_moment(session: AsyncSession) -> None:
    """All reads of the transaction see the same state."""
    await execute(session, text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def _line(standing: Standing, today: Today) -> bytes:
    return answers.qualification(standing, today).model_dump_json().encode() + b"\n"


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
