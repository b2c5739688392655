"""Exports of qualifications: the council's form, all as JSON, all as a stream of lines."""

from collections.abc import AsyncIterator
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field
from pydantic_core import to_json
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.changes.queries import get_last_position
from services.catalog.council_table.grammar.limits import table_limits
from services.catalog.council_table.writing.form import COLUMN_NUMBERS, FormLayout
from services.catalog.council_table.writing.write_csv import write_csv
from services.catalog.council_table.writing.write_docx import write_docx
from services.catalog.qualification.answers import qualification_answer
from services.catalog.qualification.dependencies import ServiceSettings, get_catalog_resources
from services.catalog.qualification.form import FormContent
from services.catalog.qualification.queries import DatedVersion
from services.catalog.qualification.schemas import ExportEnd, QualificationAnswer
from services.catalog.search.queries import stream_versions
from services.catalog.search.routes import VersionFilterQuery
from shared.db import execute
from shared.errors import NotFound, RuleViolation
from shared.web.contents import LineStream, describe_file, describe_lines, describe_table
from shared.web.dependencies import ReadOnlyTransaction, Today
from shared.web.guards import PUBLIC
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1/exports", tags=["exports"], dependencies=[Depends(PUBLIC)])

DOCX_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CSV_EXAMPLE = ";".join(COLUMN_NUMBERS) + "\r\n"
CSV_MEDIA_TYPE = "text/csv; charset=utf-8"


async def _form_contents(
    session: ReadOnlyTransaction, version_filter: VersionFilterQuery, settings: ServiceSettings
) -> list[FormContent]:
    """The contents of a form's qualifications, by level and name.

    Raises `NotFound` for none, `RuleViolation` for too many and for several councils.
    """
    row_limit = table_limits(settings).rows
    contents: list[FormContent] = []
    async for dated_version in stream_versions(session, version_filter):
        contents.append(dated_version.row.content)
        if len(contents) > row_limit:
            raise RuleViolation(
                "export.too_many",
                f"A form has at most {row_limit} qualifications. Ask for fewer.",
                values={"number": row_limit},
            )
    councils = sorted({content.council for content in contents})
    if not contents:
        raise NotFound("export.empty", "Nothing is in force that this asks for. Ask for more.")
    if len(councils) > 1:
        raise RuleViolation(
            "export.one_council",
            "A form has the qualifications of one council. Add council=...; see `councils`.",
            field="#query/council",
            extra={"councils": councils},
        )
    return sorted(contents, key=lambda content: (content.level, content.name))


LayoutQuery = Annotated[
    FormLayout,
    Query(
        description="`table`: a row of eleven columns for each qualification; `card`: the numbered"
        " card that the registry uses since 2023"
    ),
]
FormContents = Annotated[list[FormContent], Depends(_form_contents, scope="function")]


@router.get(
    "/form.docx",
    summary="The form, DOCX",
    responses={200: describe_file(DOCX_MEDIA_TYPE), **problem_responses(404)},
)
async def export_form_docx(
    contents: FormContents, settings: ServiceSettings, layout: LayoutQuery = FormLayout.TABLE
) -> Response:
    """The council's form of order 726n, as DOCX. Importing it gives the same qualifications."""
    form = await to_thread.run_sync(write_docx, contents, table_limits(settings), layout)
    return _file_response(form, DOCX_MEDIA_TYPE, "form.docx")


@router.get(
    "/form.csv",
    summary="The form, CSV",
    responses={200: {"content": describe_table(CSV_EXAMPLE)}, **problem_responses(404)},
)
async def export_form_csv(
    contents: FormContents, settings: ServiceSettings, layout: LayoutQuery = FormLayout.TABLE
) -> Response:
    """The council's form of order 726n, as CSV. Importing it gives the same qualifications."""
    form = await to_thread.run_sync(write_csv, contents, table_limits(settings), layout)
    return _file_response(form, CSV_MEDIA_TYPE, "form.csv")


@router.get("/qualifications.json", summary="All, JSON")
async def export_qualifications_json(
    session: ReadOnlyTransaction,
    version_filter: VersionFilterQuery,
    today: Today,
    limit: Annotated[
        int, Query(ge=1, le=1_000, description="qualifications of the answer, at most")
    ] = 1_000,
) -> Annotated[list[QualificationAnswer], Field(max_length=1_000)]:
    """Up to a thousand whole qualifications at once; more than that are answered as NDJSON only."""
    qualifications: list[QualificationAnswer] = []
    async for dated_version in stream_versions(session, version_filter):
        if len(qualifications) == limit:
            raise RuleViolation(
                "export.too_many",
                f"There are more than {limit}. Take qualifications.ndjson, or ask for fewer.",
                values={"number": limit},
            )
        qualifications.append(qualification_answer(dated_version, today))
    return qualifications


@router.get(
    "/qualifications.ndjson",
    summary="All, a line each",
    response_class=LineStream,
    responses={200: describe_lines(QualificationAnswer, ExportEnd)},
)
async def export_qualifications_ndjson(
    request: Request, version_filter: VersionFilterQuery, today: Today
) -> LineStream:
    """All versions that the filter selects, however many, read from one state of the database.

    The last line is `{"end": true, "count": N, "position": P}`: without it the answer was broken
    off. Go on from `P` with `/v1/changes?after=P`: nothing lies between.
    """

    async def write_lines() -> AsyncIterator[bytes]:
        async with get_catalog_resources(request).database.read_only_transaction() as session:
            await _set_repeatable_read(session)
            position = await get_last_position(session)
            count = 0
            async for dated_version in stream_versions(session, version_filter):
                count += 1
                yield _json_line(dated_version, today)
            yield to_json({"end": True, "count": count, "position": position}) + b"\n"

    return LineStream(write_lines())


async def _set_repeatable_read(session: AsyncSession) -> None:
    """Makes all reads of the transaction see the same state."""
    await execute(session, text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def _json_line(dated_version: DatedVersion, today: Today) -> bytes:
    """A version as one line of NDJSON."""
    return qualification_answer(dated_version, today).model_dump_json().encode() + b"\n"


def _file_response(content: bytes, media_type: str, file_name: str) -> Response:
    """A response that browsers save as a file of this name."""
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return Response(content, media_type=media_type, headers=headers)
