"""Certificates by the thousand, loaded past the service with the next notice that the plan says."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import text

from services.certificates.settings import CertificatesSettings
from shared.db import Database, execute
from tests.certificates.approvals import QUALIFICATION

_LOAD = text(
    """
    INSERT INTO certificate (id, number, application_id, holder, qualification_id,
        qualification_version, qualification, centre, decided_on, decision_protocol, issued_on,
        valid_until, ends_on, generation, revision, issued_at, planned_from, next_notice_on,
        in_feed)
    SELECT gen_random_uuid(), CAST(:name AS text) || '-' || n, gen_random_uuid(),
        '{"family_name": "Белова", "given_name": "Анна", "patronymic": null}',
        :qualification_id, 1, CAST(:qualification AS jsonb),
        '{"number": "78.041", "name": "ЦОК"}', :planned_from, 'С-1', :planned_from,
        ends_on, ends_on, 0, 0, now(), :planned_from,
        (SELECT min(due_on) FROM plan_of(:qualification_id, ends_on, :planned_from)),
        :in_feed
    FROM unnest(CAST(:ends AS date[])) WITH ORDINALITY AS loaded (ends_on, n)
    """
)


@asynccontextmanager
async def counted_connections(settings: CertificatesSettings) -> AsyncIterator[Database]:
    """Connections of which PostgreSQL's statistics know all reads when the block ends.

    Those that stay open report theirs later, in the midst of what is measured next.
    """
    database = Database.connect(settings)
    try:
        yield database
    finally:
        await database.close()


async def load_certificates(
    database: Database,
    ends: Sequence[date],
    planned_from: date,
    *,
    name: str = "load",
    qualification_id: UUID = QUALIFICATION.id,
    in_feed: bool = True,
) -> None:
    """Loads a certificate for each end, issued on `planned_from`, numbered from `load-1` on.

    Without `in_feed` the first load is to enter them into the registry's feed.
    """
    async with database.transaction() as session:
        values = {
            "ends": list(ends),
            "planned_from": planned_from,
            "name": name,
            "qualification_id": qualification_id,
            "in_feed": in_feed,
            "qualification": QUALIFICATION.model_dump_json(),
        }
        await execute(session, _LOAD, values)
        await execute(session, text("ANALYZE certificate"))


_LOAD_FEED = text(
    """
    INSERT INTO feed_entry (position, subject, subject_id, event, qualification_id, content,
        content_digest, digest, chain, recorded_at, sequenced_at, acknowledged)
    SELECT row_number() OVER (ORDER BY number), 'certificate', id, 'issued', qualification_id,
        '{}', '\\x00', '\\x00', '\\x00', CAST(:instant AS timestamptz),
        CAST(:instant AS timestamptz), true
    FROM certificate
    """
)


async def load_sealed_feed(database: Database, sealed_through: date) -> None:
    """Loads an entry of the feed for each certificate, all in the day sealed last."""
    async with database.transaction() as session:
        instant = datetime(
            sealed_through.year, sealed_through.month, sealed_through.day, tzinfo=UTC
        )
        await execute(session, _LOAD_FEED, {"instant": instant})
        sealed = """
            UPDATE feed_head SET sealed_through = :day, position = loaded.last,
                sealed_position = loaded.last, sequenced_at = :instant
            FROM (SELECT max(position) AS last FROM feed_entry) loaded
        """
        await execute(session, text(sealed), {"day": sealed_through, "instant": instant})
        await execute(session, text("ANALYZE feed_entry"))
