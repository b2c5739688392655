"""The limits of law for those who watch them: lists, counts, metrics."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from services.applications.access.dependencies import ServiceSettings, Watching
from services.applications.access.policy import own_list
from services.applications.limits import queries
from services.applications.limits.answers import limit
from services.applications.limits.rules import Limit as LimitOfLaw
from services.applications.limits.rules import LimitState
from services.applications.limits.schemas import LimitCount, LimitInList
from shared.paging import Page
from shared.principal import Scope
from shared.web.dependencies import Cursor, Limit, Reading, Today
from shared.web.guards import PUBLIC, Allow

router = APIRouter(prefix="/v1/limits", tags=["limits of law"])
metrics = APIRouter(tags=["operations"])

States = Annotated[list[LimitState] | None, Query(description="at risk and late, if absent")]


@router.get("", summary="Limits at risk or late, the nearest last day first")
async def find(
    caller: Watching,
    session: Reading,
    today: Today,
    state: States = None,
    centre: Annotated[str | None, Query(max_length=50)] = None,
    cursor: Cursor = None,
    limit_: Annotated[Limit, Query(alias="limit")] = 50,
) -> Page[LimitInList]:
    """A centre and a council see their own."""
    own = own_list(caller)
    wanted = state or [LimitState.AT_RISK, LimitState.LATE]
    rows, following = await queries.listed(
        session, wanted, own.centre or centre, own.council, today, cursor, limit_
    )
    items = [
        LimitInList(
            **limit(row, today).model_dump(),
            application_id=row.application_id,
            centre_number=row.centre_number,
        )
        for row in rows
    ]
    return Page[LimitInList](items=items, next=following)


@router.get("/counts", summary="How many run, are at risk or late, by centre")
async def counts(caller: Watching, session: Reading, today: Today) -> list[LimitCount]:
    """A centre sees its own."""
    found = await queries.counts(session, today, own_list(caller).centre)
    return [LimitCount.model_validate(one, from_attributes=True) for one in found]


@router.get("/rules", summary="The limits of law and their sources", dependencies=[Depends(PUBLIC)])
async def rules(settings: ServiceSettings) -> list[LimitOfLaw]:
    """As the settings' file has them."""
    return list(settings.time_limits.limits)


@metrics.get(
    "/metrics",
    summary="Limits of law, for monitoring",
    response_class=Response,
    dependencies=[Depends(Allow(Scope.OPERATE))],
)
async def measured(session: Reading, today: Today) -> Response:
    """In the text format of Prometheus: how many limits run, are at risk or late."""
    registry = CollectorRegistry()
    gauge = Gauge(
        "attesta_time_limits",
        "Limits of law that run, by centre, limit and how they stand",
        ["centre", "limit", "state"],
        registry=registry,
    )
    for one in await queries.counts(session, today, None):
        gauge.labels(one.centre, one.limit, one.state).set(one.number)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
