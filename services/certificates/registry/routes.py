"""What the national registry reads: the feed, manifests, the snapshot, reconciliation."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic_core import to_json

from services.certificates.access.dependencies import Disclosures, Registry, ServiceSettings
from services.certificates.registry import queries
from services.certificates.registry.chain import format_instant
from services.certificates.registry.queries import FeedRow
from services.certificates.registry.reconcile import compare_copy
from services.certificates.registry.records import RECORD, FeedRecord, RecordColumns
from services.certificates.registry.schemas import (
    MAX_DIFFERENCES,
    MAX_FEED_PAGE,
    MAX_SEALED_DAYS,
    FeedPageAnswer,
    ManifestAnswer,
    ManifestPageAnswer,
    ReconciliationAnswer,
    ReconciliationLine,
    RecordDifference,
    RecordsEnd,
)
from services.certificates.registry.snapshot import csv_row, stream_all
from shared.schemas import MAX_EXACT_INTEGER, CivilDay
from shared.web.contents import (
    LineStream,
    TableStream,
    describe_line_body,
    describe_lines,
    describe_table,
)
from shared.web.dependencies import ReadOnlyTransaction
from shared.web.problem_documents import problem_responses
from shared.web.resources import get_resources

router = APIRouter(prefix="/v1/registry", tags=["registry"])


AfterPosition = Annotated[
    int, Query(ge=0, le=MAX_EXACT_INTEGER, description="your last position; 0 from the start")
]
FeedLimit = Annotated[
    int | None,
    Query(
        ge=1,
        le=MAX_FEED_PAGE,
        description="entries, at most; no more than the settings give a page",
    ),
]


@router.get("/feed", summary="Entries after a position", responses=problem_responses(404))
async def get_feed(
    request: Request,
    caller: Registry,
    disclosures: Disclosures,
    settings: ServiceSettings,
    after: AfterPosition = 0,
    limit: FeedLimit = None,
) -> FeedPageAnswer:
    """Positions are 1, 2, 3 without gaps, in the order of commits, chained by hash.

    Compare `before_chain` with your own chain, compute yours over the entries, compare it with
    `after_chain`: a page that was dropped, doubled, swapped or altered shows. A content is absent
    only where a later entry about the same id is of the event `erased`.
    """
    database = get_resources(request).database
    await disclosures.record(caller, f"feed after {after}")
    size = min(limit or settings.feed_page, settings.feed_page)
    page = await queries.get_feed_page(await database.read_pool.get_pool(), after, size)
    last_chain = page.entries[-1]["chain"] if page.entries else page.before_chain
    return Response(  # type: ignore[return-value]
        to_json(
            {
                "after": after,
                "before_chain": page.before_chain.hex(),
                "items": [_entry_json(row) for row in page.entries],
                "after_chain": last_chain.hex(),
                "head": page.head,
            }
        ),
        media_type="application/json",
    )


def _entry_json(row: FeedRow) -> dict[str, object]:
    """The entry with its hashes in hex and its instant as it was hashed, ready for JSON."""
    labels = {name: row[name] for name in ("position", "subject", "subject_id", "event", "content")}
    hashes = {name: row[name].hex() for name in ("content_digest", "digest", "chain")}
    return {**labels, "recorded_at": format_instant(row["recorded_at"]), **hashes}


@router.get(
    "/records.ndjson",
    summary="Every record as it is now, a line each",
    response_class=LineStream,
    responses={200: describe_lines(FeedRecord, RecordsEnd)},
)
async def export_records(
    request: Request, caller: Registry, disclosures: Disclosures
) -> LineStream:
    """The snapshot for a first load, from one moment. A line is the `content` of a record.

    The last line is `{"end":true,"count":N,"position":P,"chain":C}`: without it the answer was
    broken off. Go on with the feed after `P`: nothing lies between.
    """

    def format_end(count: int, position: int, chain: bytes) -> bytes:
        summary = {"end": True, "count": count, "position": position, "chain": chain.hex()}
        return to_json(summary) + b"\n"

    await disclosures.record(caller, "all records")
    content = stream_all(request, lambda row: row["content"].encode() + b"\n", format_end)
    return LineStream(content)


@router.get(
    "/records.csv",
    summary="Every record as it is now, CSV",
    response_class=TableStream,
    responses={200: {"content": describe_table(",".join(RecordColumns.NAMES) + "\r\n")}},
)
async def export_records_table(
    request: Request, caller: Registry, disclosures: Disclosures
) -> TableStream:
    """The same for spreadsheets, without changes and duplicates.

    A cell that a spreadsheet would evaluate as a formula has an apostrophe in front.

    The last row has `end` in its first column, then how many records there were.
    """

    def format_end(count: int, position: int, chain: bytes) -> bytes:
        return csv_row(["end", str(count), str(position), chain.hex()])

    def format_line(row: FeedRow) -> bytes:
        return csv_row(RecordColumns.format_row(RECORD.validate_json(row["content"])))

    await disclosures.record(caller, "all records")
    content = stream_all(request, format_line, format_end, csv_row(RecordColumns.NAMES))
    headers = {"Content-Disposition": 'attachment; filename="records.csv"'}
    return TableStream(content, headers=headers)


@router.get("/manifests", summary="Signed daily manifests, oldest first")
async def list_manifests(
    caller: Registry,
    session: ReadOnlyTransaction,
    after: Annotated[CivilDay | None, Query(description="the last day that you have")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_SEALED_DAYS, description="days, at most")] = 31,
) -> ManifestPageAnswer:
    """What each civil day added to the feed: positions, count, chain, totals; each day has one."""
    rows = await queries.list_manifests(session, after, limit)
    items = [ManifestAnswer.model_validate(row, from_attributes=True) for row in rows]
    return ManifestPageAnswer(after=after, items=items)


@router.post(
    "/reconcile",
    summary="What differs between your copy and ours",
    openapi_extra={
        "requestBody": {"required": False, "content": describe_line_body(ReconciliationLine)}
    },
)
async def reconcile_copy(
    request: Request,
    caller: Registry,
    disclosures: Disclosures,
    position: Annotated[
        int | None,
        Query(ge=0, le=MAX_EXACT_INTEGER, description="your last position; ours, if absent"),
    ] = None,
    limit: Annotated[
        int, Query(ge=1, le=MAX_DIFFERENCES, description="differences, at most")
    ] = 1_000,
) -> ReconciliationAnswer:
    """The body is NDJSON, a line of `{"id", "digest"}` for each record that you hold.

    `digest` is SHA-256 of the record's `content`; no line at all says that you hold none. Correct
    what differs, and compare again until nothing does.
    """
    database = get_resources(request).database
    await disclosures.record(caller, "reconcile")
    compared_position, record_count, rows = await compare_copy(
        database, request.stream(), position, limit + 1
    )
    differences = [RecordDifference.model_validate(dict(row)) for row in rows[:limit]]
    return ReconciliationAnswer(
        position=compared_position,
        record_count=record_count,
        has_more=len(rows) > limit,
        items=differences,
    )
