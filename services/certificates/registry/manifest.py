"""The signed daily manifest: what each civil day added to the feed. Only `seal_days` commits."""

import hashlib
from datetime import date, datetime, time, timedelta

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.registry import chain
from services.certificates.registry.feed import lock_feed_head
from services.certificates.registry.models import FeedEntry, FeedHead, Manifest
from services.certificates.registry.schemas import ManifestContent, ManifestTotal
from services.certificates.settings import CertificatesSettings
from shared.clock import Clock, civil_date
from shared.db import Database

MANIFEST_TYPE = "attesta-manifest+jws"


async def seal_days(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Seals every day that is over and has no manifest yet; returns how many days.

    The feed's first day is the day of its first entry. After a day's manifest no entry gets a
    position in that day.
    """
    sealed_count = 0
    while True:
        async with database.transaction() as session:
            head = await lock_feed_head(session)
            day = await _next_day(session, head, settings)
            if day is None or day >= civil_date(clock.now(), settings.time_zone):
                return sealed_count
            await _seal_day(session, head, day, clock.now(), settings)
            sealed_count += 1


async def _next_day(
    session: AsyncSession, head: FeedHead, settings: CertificatesSettings
) -> date | None:
    """The day after the last sealed one, or the first of the feed; None while the feed is empty."""
    if head.sealed_through is not None:
        return head.sealed_through + timedelta(days=1)
    query = select(FeedEntry.sequenced_at).where(FeedEntry.position == 1)
    instant = (await session.exec(query)).first()
    return None if instant is None else civil_date(instant, settings.time_zone)


async def _seal_day(
    session: AsyncSession,
    head: FeedHead,
    day: date,
    now: datetime,
    settings: CertificatesSettings,
) -> None:
    """Signs and stores the day's manifest, and moves the feed head to its end."""
    last_position = await _find_last_position(session, head, day, settings)
    content = ManifestContent(
        day=day,
        first=head.sealed_position + 1,
        last=last_position,
        count=last_position - head.sealed_position,
        chain=(await _get_chain(session, last_position)).hex(),
        totals=await _count_totals(session, head.sealed_position, last_position),
        previous=await _previous_digest(session, day),
    )
    claims = {"manifest": content.model_dump(mode="json")}
    jws = settings.signer.sign(MANIFEST_TYPE, claims, now)
    session.add(Manifest(day=day, content=content, jws=jws, made_at=now))
    head.sealed_through, head.sealed_position = day, last_position
    await session.flush()


async def _get_chain(session: AsyncSession, position: int) -> bytes:
    """The chain at the position; the empty chain at position 0."""
    query = select(FeedEntry.chain).where(FeedEntry.position == position)
    return (await session.exec(query)).first() or chain.EMPTY_CHAIN


async def _find_last_position(
    session: AsyncSession, head: FeedHead, day: date, settings: CertificatesSettings
) -> int:
    """The last position of the day; that of the day before, if the day has no entry.

    Positions are dense and their instants never go back: reading ends with the first later one.
    """
    day_end = datetime.combine(day + timedelta(days=1), time(0), settings.time_zone)
    query = (
        select(FeedEntry.position)
        .where(
            col(FeedEntry.position) > head.sealed_position, col(FeedEntry.sequenced_at) >= day_end
        )
        .order_by(col(FeedEntry.position))
        .limit(1)
    )
    next_position = (await session.exec(query)).first()
    return head.position if next_position is None else next_position - 1


async def _count_totals(
    session: AsyncSession, after_position: int, last_position: int
) -> tuple[ManifestTotal, ...]:
    """The number of entries of each qualification, subject and event."""
    group_columns = (col(FeedEntry.qualification_id), col(FeedEntry.subject), col(FeedEntry.event))
    query = (
        select(*group_columns, func.count())
        .where(col(FeedEntry.position) > after_position, col(FeedEntry.position) <= last_position)
        .group_by(*group_columns)
        .order_by(*group_columns)
    )
    return tuple(
        ManifestTotal(
            qualification_id=qualification_id, subject=subject, event=reason, count=entry_count
        )
        for qualification_id, subject, reason, entry_count in (await session.exec(query)).all()
    )


async def _previous_digest(session: AsyncSession, day: date) -> str | None:
    """SHA-256, in hex, of the signed manifest of the day before, if there is one."""
    manifest = await session.get(Manifest, day - timedelta(days=1))
    return None if manifest is None else hashlib.sha256(manifest.jws.encode()).hexdigest()
