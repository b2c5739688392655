"""The signed daily manifest: what each civil day added to the feed. Only `seal` commits."""

import hashlib
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.registry import chain
from services.certificates.registry.feed import locked_head
from services.certificates.registry.models import FeedEntry, FeedHead, Manifest
from services.certificates.settings import CertificatesSettings
from shared.clock import Clock, civil_date
from shared.db import Database

KIND = "attesta-manifest+jws"


async def seal(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Makes the manifests of all days that are over and have none; how many it were.

    The feed's first day is the day of its first entry. After a day's manifest no entry gets a
    position in that day.
    """
    made = 0
    while True:
        async with database.transaction() as session:
            head = await locked_head(session)
            day = await _next(session, head, settings)
            if day is None or day >= civil_date(clock.now(), settings.time_zone):
                return made
            await _seal(session, head, day, clock.now(), settings)
            made += 1


async def _next(
    session: AsyncSession, head: FeedHead, settings: CertificatesSettings
) -> date | None:
    if head.sealed_through is not None:
        return head.sealed_through + timedelta(days=1)
    first = select(FeedEntry.sequenced_at).where(FeedEntry.position == 1)
    instant = (await session.exec(first)).first()
    return None if instant is None else civil_date(instant, settings.time_zone)


async def _seal(
    session: AsyncSession,
    head: FeedHead,
    day: date,
    now: datetime,
    settings: CertificatesSettings,
) -> None:
    ends = datetime.combine(day + timedelta(days=1), time(0), settings.time_zone)
    inside = [col(FeedEntry.position) > head.sealed_position, col(FeedEntry.sequenced_at) < ends]
    count, last = (
        await session.exec(select(func.count(), func.max(FeedEntry.position)).where(*inside))
    ).one()
    last = last or head.sealed_position
    content = {
        "day": day.isoformat(),
        "first": head.sealed_position + 1,
        "last": last,
        "count": count,
        "chain": (await _chain(session, last)).hex(),
        "totals": await _totals(session, inside),
        "previous": await _previous(session, day),
    }
    signed = settings.signer.sign(KIND, {"manifest": content}, now)
    session.add(Manifest(day=day, content=content, signed=signed, made_at=now))
    head.sealed_through, head.sealed_position = day, last
    await session.flush()


async def _chain(session: AsyncSession, position: int) -> bytes:
    query = select(FeedEntry.chain).where(FeedEntry.position == position)
    return (await session.exec(query)).first() or chain.START


async def _totals(session: AsyncSession, inside: list[Any]) -> list[dict[str, Any]]:
    keys = (col(FeedEntry.qualification_id), col(FeedEntry.subject), col(FeedEntry.event))
    query = select(*keys, func.count()).where(*inside).group_by(*keys).order_by(*keys)
    return [
        {
            "qualification_id": str(qualification),
            "subject": subject,
            "event": event,
            "count": count,
        }
        for qualification, subject, event, count in (await session.exec(query)).all()
    ]


async def _previous(session: AsyncSession, day: date) -> str | None:
    before = await session.get(Manifest, day - timedelta(days=1))
    return None if before is None else hashlib.sha256(before.signed.encode()).hexdigest()
