"""Certificates by the million, loaded by SQL: without indexes, which are made afterwards.

On each day from `FIRST_DAY` on, `DUE_CERTIFICATES` are due with their first threshold. On
`EXPIRY_DAY` and the day after it as many more have expired, of which all other notices have been
told. Qualifications are 500, as many certificates of each.
"""

from datetime import date

import asyncpg

FIRST_DAY = date(2028, 9, 1)
EXPIRY_DAY = date(2028, 9, 3)
DUE_CERTIFICATES = 20_000
QUALIFICATIONS = 500
LOAD_SECONDS = 3600

_COLUMNS = """
    INSERT INTO certificate (id, number, application_id, holder, qualification_id,
        qualification_version, qualification, centre, decided_on, decision_protocol, issued_on,
        valid_until, ends_on, generation, revision, issued_at, planned_from, next_notice_on,
        in_feed)
    SELECT gen_random_uuid(), $3 || n, gen_random_uuid(),
        '{"family_name": "Белова", "given_name": "Анна", "patronymic": "Сергеевна"}', q.id, 1,
        q.content, '{"number": "78.041", "name": "Центр оценки квалификаций"}', DATE '2026-03-01',
        'С-1', DATE '2026-03-02', day.ends_on, day.ends_on, 0, 0, TIMESTAMPTZ '2026-03-02 09:00Z',
        DATE '2026-03-02', day.next_notice_on, $4
    FROM generate_series(0, $1::int - 1) n
    JOIN (
        SELECT place, md5(place::text)::uuid AS id, jsonb_build_object(
            'id', md5(place::text)::uuid, 'version', 1, 'level', 3, 'validity_term', 'P3Y',
            'name', 'Оператор контактного центра (3 уровень квалификации)',
            'council', 'Совет по профессиональным квалификациям', 'registry_number', '07.01000.01',
            'labour_functions', '[{"code": "A/01.3", "name": "Поддержка клиентов"}]'::jsonb
        ) AS content
        FROM generate_series(0, $5::int - 1) place
    ) q ON q.place = n % $5::int
"""
_DUE_DAYS = """
    CROSS JOIN LATERAL (
        SELECT CASE WHEN n < 2 * $6::int THEN $2::date + 1 + n / $6::int
                    ELSE $2::date + n / $6::int - 2 + 180 END AS ends_on,
               CASE WHEN n < 2 * $6::int THEN $2::date + 2 + n / $6::int
                    ELSE $2::date + n / $6::int - 2 END AS next_notice_on
    ) day
"""
_LATER_DAYS = """
    CROSS JOIN (SELECT $2::date + 3000 AS ends_on, $2::date + 2820 AS next_notice_on) day
    WHERE $6::int > 0
"""
_TOLD_NOTICES = """
    INSERT INTO validity_notice (certificate_id, generation, threshold_days, due_on, noticed_on,
                                 recorded_at, event_id)
    SELECT c.id, 0, days, ends_on - days, ends_on - days, now(), gen_random_uuid()
    FROM certificate c, unnest(ARRAY[180, 90, 30, 7]) days WHERE ends_on <= $1
"""


async def load_certificates(url: str, count: int) -> None:
    """Loads so many certificates that stand in the feed, with what the ledger says of them."""
    connection = await asyncpg.connect(url)
    await connection.execute("SET maintenance_work_mem = '1GB'; SET max_parallel_workers = 2")
    indexes = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'certificate' "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    )
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['indexname']}")
    await _insert(connection, _DUE_DAYS, count, "bench-", in_feed=True)
    for index in indexes:
        await connection.execute(index["indexdef"], timeout=LOAD_SECONDS)
    await connection.execute("VACUUM ANALYZE certificate", timeout=LOAD_SECONDS)
    await connection.execute(_TOLD_NOTICES, EXPIRY_DAY, timeout=LOAD_SECONDS)
    await connection.execute("VACUUM ANALYZE validity_notice", timeout=LOAD_SECONDS)
    await connection.close()


async def load_older_certificates(url: str, count: int, prefix: str) -> None:
    """Loads so many certificates that the feed does not tell of; none is due for years.

    Their numbers begin with the prefix.
    """
    connection = await asyncpg.connect(url)
    await _insert(connection, _LATER_DAYS, count, prefix, in_feed=False)
    await connection.execute("VACUUM ANALYZE certificate, feed_backlog", timeout=LOAD_SECONDS)
    await connection.close()


async def _insert(
    connection: "asyncpg.Connection[asyncpg.Record]",
    days: str,
    count: int,
    prefix: str,
    *,
    in_feed: bool,
) -> None:
    parameters = (count, FIRST_DAY, prefix, in_feed, QUALIFICATIONS, DUE_CERTIFICATES)
    await connection.execute(_COLUMNS + days, *parameters, timeout=LOAD_SECONDS)
