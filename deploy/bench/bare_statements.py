"""Bare statements that move, enter and count the same rows as the service does, and no more."""

_ENTER = """
    INSERT INTO validity_notice (certificate_id, generation, threshold_days, due_on, noticed_on,
                                 recorded_at, event_id)
    SELECT id, generation, {days}, next_notice_on, :day, now(), gen_random_uuid()
    FROM certificate WHERE {condition}
"""
_RECORD = """
    INSERT INTO outbox (event_id, topic, key, headers, payload)
    SELECT event_id, 'certificates.certificate', id::text, CAST(:headers AS jsonb),
           convert_to(json_build_object(
               'certificate_id', id, 'number', number, 'application_id', application_id,
               'qualification_id', qualification_id, 'qualification_version', qualification_version,
               'valid_until', valid_until, 'ends_on', ends_on, 'threshold_days', threshold_days,
               'noticed_on', noticed_on
           )::text, 'UTF8')
    FROM validity_notice JOIN certificate ON id = certificate_id
    WHERE noticed_on = :day AND threshold_days = {days}
"""
_QUEUE = """
    INSERT INTO pending_change (certificate_id, kind, effective_on, recorded_at)
    SELECT certificate_id, CASE threshold_days WHEN 0 THEN 'expired' ELSE 'renewal_due' END,
           due_on, now()
    FROM validity_notice WHERE noticed_on = :day AND threshold_days = {days}
"""
_MOVE = "UPDATE certificate SET next_notice_on = {next_notice_on} WHERE {condition}"


def _build_statements(days: int, condition: str, next_notice_on: str) -> tuple[str, ...]:
    return (
        _ENTER.format(days=days, condition=condition),
        _RECORD.format(days=days),
        _QUEUE.format(days=days),
        _MOVE.format(next_notice_on=next_notice_on, condition=condition),
    )


BARE_SCAN = _build_statements(180, "next_notice_on = :day AND ends_on > :day", "ends_on - 90")
BARE_EXPIRY = _build_statements(0, "next_notice_on = :day AND ends_on < :day", "NULL")
BARE_REHEARSAL = """
    SELECT qualification_id, days, count(*)
    FROM (VALUES (180), (90), (30), (7), (0)) threshold (days)
    JOIN certificate ON ends_on = CAST(:day AS date) + days - (days = 0)::int
    WHERE next_notice_on <= :day
    GROUP BY 1, 2
"""
