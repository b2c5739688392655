"""The events of a roster for portals: polled in order, with daily digests that prove them."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic_core import to_json

from services.certificates.access.dependencies import (
    RosterPortal,
    ServiceSettings,
    VerificationPool,
)
from services.certificates.access.policy import require_employer
from services.certificates.rosters import queries
from services.certificates.rosters.current_status import StatusReader
from services.certificates.rosters.dependencies import SubscriptionId, wait_for_event_page
from services.certificates.rosters.event_schemas import (
    MAX_EVENT_PAGE,
    MAX_SEALED_DAYS,
    DigestAnswer,
    DigestPageAnswer,
    EventPageAnswer,
    RosterEnd,
)
from services.certificates.rosters.queries import RosterEntry
from services.certificates.rosters.schemas import EnrolmentAnswer
from shared.schemas import MAX_EXACT_INTEGER, CivilDay
from shared.web.conditional import WEAK, apply_etag, etag
from shared.web.contents import LineStream, describe_lines, omit_headers
from shared.web.dependencies import CONDITIONAL, ReadOnlyTransaction, Today
from shared.web.negotiation import choose_media_type
from shared.web.problem_documents import problem_responses
from shared.web.route_table import JSON

router = APIRouter(prefix="/v1/subscriptions/{subscription_id}", tags=["rosters"])

BATCH_TYPE = "application/cloudevents-batch+json"
EVENT_TYPES = (JSON, BATCH_TYPE)
_EVENT = {"$ref": "#/components/schemas/RosterCloudEvent"}
_BATCH = {"type": "array", "items": _EVENT, "maxItems": MAX_EVENT_PAGE}
ROSTER_ROWS = 500
SealedDay = Annotated[CivilDay, Path(description="a civil day that is over")]


@router.get(
    "/events",
    summary="Events after a number",
    response_class=Response,
    responses={
        200: {
            "model": EventPageAnswer,
            "content": {JSON: {}, BATCH_TYPE: {"schema": _BATCH}},
            **omit_headers("RateLimit", "RateLimit-Policy"),
        },
        **problem_responses(404, 410),
        429: omit_headers("RateLimit", "RateLimit-Policy"),
    },
)
async def list_events(
    request: Request,
    subscription_id: SubscriptionId,
    caller: RosterPortal,
    settings: ServiceSettings,
    after: Annotated[
        int, Query(ge=0, le=MAX_EXACT_INTEGER, description="your last number; 0 from the start")
    ] = 0,
    limit: Annotated[
        int | None,
        Query(
            ge=1,
            le=MAX_EVENT_PAGE,
            description="events, at most; no more than the settings give a page",
        ),
    ] = None,
    wait: Annotated[
        float, Query(ge=0, le=60, description="seconds to wait for an event where there is none")
    ] = 0,
) -> Response:
    """Numbers are 1, 2, 3 without gaps, in the order of commits.

    `last_sequence` is the roster's last number. With `Accept: application/cloudevents-batch+json`
    the answer is the events alone, as a batch of CloudEvents. 410: the next events are no longer
    kept; take the roster, and go on from the number in its last line.
    """
    page = await wait_for_event_page(
        request,
        require_employer(caller),
        subscription_id,
        after,
        min(limit or settings.roster_page, settings.roster_page),
        min(wait, settings.roster_wait_seconds),
    )
    events = f"[{','.join(page.contents)}]"
    media_type = choose_media_type(EVENT_TYPES, ",".join(request.headers.getlist("Accept")))
    page_text = f'{{"after":{after},"items":{events},"last_sequence":{page.last_sequence}}}'
    content = events if media_type == BATCH_TYPE else page_text
    return Response(content, media_type=media_type, headers={"Vary": "Accept"})


@router.get(
    "/roster.ndjson",
    summary="Every certificate that is watched, and how it stands now",
    dependencies=[CONDITIONAL],
    response_class=LineStream,
    responses={200: describe_lines(EnrolmentAnswer, RosterEnd), **problem_responses(404)},
)
async def export_roster(
    request: Request,
    subscription_id: SubscriptionId,
    caller: RosterPortal,
    pool: VerificationPool,
    today: Today,
    settings: ServiceSettings,
) -> Response:
    """A line for each: number, last day of the enrolment, verification's answer.

    The last line is `{"end":true,"count":N,"sequence":S}`: without it the answer was broken off.
    Go on with the events after `S`, which was read before the first line: nothing lies between.
    304 by `If-None-Match` while nothing is to be told of any of them, on the same day.
    """
    sequence = await queries.get_last_sequence(pool, require_employer(caller), subscription_id)
    digest = await queries.digest_roster(pool, subscription_id)
    tag = f"{WEAK}{etag(sequence, today, digest)}"

    async def stream_lines() -> AsyncIterator[bytes]:
        count, last_id = 0, 0
        while entries := await queries.list_roster(pool, subscription_id, last_id, ROSTER_ROWS):
            numbers = [entry.number for entry in entries]
            reader = await StatusReader.read(pool, today, settings, numbers)
            yield b"".join(to_json(_describe_entry(entry, reader)) + b"\n" for entry in entries)
            count, last_id = count + len(entries), entries[-1].id
        yield to_json({"end": True, "count": count, "sequence": sequence}) + b"\n"

    response = LineStream(stream_lines())
    return apply_etag(request, response, tag) or response


def _describe_entry(entry: RosterEntry, reader: StatusReader) -> EnrolmentAnswer:
    return EnrolmentAnswer(
        number=entry.number, until=entry.until, status=reader.verify(entry.number)
    )


@router.get(
    "/digests", summary="Signed daily digests, oldest first", responses=problem_responses(404)
)
async def list_digests(
    subscription_id: SubscriptionId,
    caller: RosterPortal,
    session: ReadOnlyTransaction,
    after: Annotated[CivilDay | None, Query(description="the last day that you have")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_SEALED_DAYS, description="days, at most")] = 31,
) -> DigestPageAnswer:
    """What each civil day added to the roster; each day has one, also one without events."""
    await queries.get_subscription(session, require_employer(caller), subscription_id)
    rows = await queries.list_digests(session, subscription_id, after, limit)
    items = [DigestAnswer.model_validate(row) for row in rows]
    return DigestPageAnswer(after=after, items=items)


@router.get(
    "/digests/{day}", summary="The signed digest of a day", responses=problem_responses(404)
)
async def get_digest(
    subscription_id: SubscriptionId,
    day: SealedDay,
    caller: RosterPortal,
    session: ReadOnlyTransaction,
) -> DigestAnswer:
    """A JWS by `/v1/jwks.json`, made once the day is over; 404 before.

    Its claim `digest` has the day, the `first` and `last` number, SHA-256 over the joined SHA-256
    of their canonical JSON as `digest`, how many were watched, and the hash of the JWS before.
    """
    await queries.get_subscription(session, require_employer(caller), subscription_id)
    return DigestAnswer.model_validate(await queries.get_digest(session, subscription_id, day))
