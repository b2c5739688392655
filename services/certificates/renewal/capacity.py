"""How many examinations of a qualification can be taken on a working day. None commits."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text, update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.renewal.models import RenewalCapacity, RenewalSlot
from services.certificates.renewal.rules import count_working_days
from services.certificates.settings import CertificatesContext
from shared.db import execute
from shared.errors import check_version
from shared.events.certificates import RenewalCapacityChanged
from shared.job_states.states import lock_cursor
from shared.messaging import outbox

RENEWAL_JOB = "renewal-windows"
_FIND_COUNCIL = text(
    "SELECT qualification ->> 'council' FROM certificate "
    "WHERE qualification_id = :qualification_id ORDER BY issued_on DESC LIMIT 1"
)
_MEASURE = text(
    """
    WITH known AS (
        SELECT qualification_id, measured_places FROM renewal_capacity
        WHERE qualification_id = ANY(:qualification_ids)
    ), measured AS (
    INSERT INTO renewal_capacity (qualification_id, measured_places, measured_on, revision)
    SELECT q.id, greatest(ceil(issued.number * CAST(:factor AS float8) / :working_days), 1),
           :today, 0
    FROM unnest(CAST(:qualification_ids AS uuid[])) AS q (id)
    CROSS JOIN LATERAL (
        SELECT count(*) AS number FROM certificate AS c
        WHERE c.qualification_id = q.id AND c.issued_on > :measured_from
    ) AS issued
    WHERE NOT EXISTS (SELECT FROM renewal_capacity AS known
                      WHERE known.qualification_id = q.id AND known.measured_on = :today)
    ORDER BY q.id
    ON CONFLICT (qualification_id) DO UPDATE
    SET measured_places = excluded.measured_places, measured_on = excluded.measured_on
    RETURNING qualification_id, measured_places, declared_places
    )
    SELECT measured.qualification_id, measured.measured_places
    FROM measured LEFT JOIN known ON known.qualification_id = measured.qualification_id
    WHERE measured.declared_places IS NULL
      AND measured.measured_places IS DISTINCT FROM known.measured_places
    ORDER BY 1
    """
)


async def find_council(session: AsyncSession, qualification_id: UUID) -> str | None:
    """The council of a qualification, as its last certificate names it; None without any."""
    parameters = {"qualification_id": qualification_id}
    council: str | None = (await execute(session, _FIND_COUNCIL, parameters)).scalar_one_or_none()
    return council


async def get_capacity(session: AsyncSession, qualification_id: UUID) -> RenewalCapacity:
    """The capacity as it is known; of a qualification that was never measured, an empty one."""
    capacity = await session.get(RenewalCapacity, qualification_id)
    return capacity or RenewalCapacity(qualification_id=qualification_id)


async def measure_capacities(
    context: CertificatesContext, qualification_ids: Sequence[UUID]
) -> None:
    """Measures the capacities that were not measured today, by what was issued of late.

    Others are told of each that is another now, where no council states one.
    """
    settings = context.settings
    parameters = {
        "qualification_ids": list(qualification_ids),
        "today": context.today,
        "measured_from": context.today - timedelta(weeks=settings.renewal_measured_weeks),
        "working_days": count_working_days(settings.renewal_measured_weeks),
        "factor": settings.renewal_capacity_factor,
    }
    for row in (await execute(context.session, _MEASURE, parameters)).all():
        await _record_change(context, row.qualification_id, row.measured_places, is_stated=False)


async def _record_change(
    context: CertificatesContext, qualification_id: UUID, places_per_day: int, *, is_stated: bool
) -> None:
    """Records the event that a capacity has changed, unless its council is not known."""
    council = await find_council(context.session, qualification_id)
    if council is None:
        return
    event = RenewalCapacityChanged(
        qualification_id=qualification_id,
        council=council,
        places_per_day=places_per_day,
        is_stated=is_stated,
        known_at=context.now,
    )
    await outbox.record_events(context.session, event, now=context.now)


async def declare_capacity(
    context: CertificatesContext, qualification_id: UUID, places_per_day: int | None
) -> RenewalCapacity:
    """Stores what a council states; None: what is measured counts again.

    Windows stay where they are; slots to come have the new capacity. Raises `StaleVersion` when
    the stored revision is not the expected one.
    """
    session = context.session
    await lock_cursor(session, RENEWAL_JOB)
    await measure_capacities(context, [qualification_id])
    capacity = await session.get_one(RenewalCapacity, qualification_id, with_for_update=True)
    check_version(capacity.revision, context.expected_revision)
    capacity.declared_places = places_per_day
    capacity.revision += 1
    assert capacity.measured_places is not None, "it has been measured"
    places = capacity.measured_places if places_per_day is None else places_per_day
    statement = (
        update(RenewalSlot)
        .where(
            col(RenewalSlot.qualification_id) == qualification_id,
            col(RenewalSlot.day) >= context.today,
        )
        .values(capacity=places)
    )
    await execute(session, statement)
    is_stated = places_per_day is not None
    await _record_change(context, qualification_id, places, is_stated=is_stated)
    await session.flush()
    return capacity
