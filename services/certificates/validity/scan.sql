-- One batch of the scan: a statement, so that its cost is that of the rows that are due.
-- The ledger's unique key and the watermark make any number of scans leave the same notices.
WITH due AS MATERIALIZED (
    SELECT id, number, application_id, qualification_id, qualification_version,
           valid_until, ends_on, generation, planned_from, next_notice_on
    FROM certificate AS c
    WHERE next_notice_on <= :today AND {chosen_rows}
    ORDER BY next_notice_on, id
    LIMIT :limit
    FOR NO KEY UPDATE OF c SKIP LOCKED
),
plan AS MATERIALIZED (
    SELECT due.id, due.generation, p.days, p.due_on
    FROM due, LATERAL plan_of(due.qualification_id, due.ends_on, due.planned_from) AS p
    WHERE p.due_on >= due.next_notice_on -- all before have been entered
),
moved AS (
    UPDATE certificate AS c
    SET next_notice_on = next.due_on
    FROM (SELECT due.id, min(plan.due_on) AS due_on
          FROM due LEFT JOIN plan ON plan.id = due.id AND plan.due_on > :today
          GROUP BY due.id) AS next
    WHERE c.id = next.id
),
entered AS (
    INSERT INTO validity_notice (certificate_id, generation, threshold_days, due_on,
                                 noticed_on, recorded_at, reason, event_id)
    SELECT id, generation, days, due_on, :today, :now,
           -- After an outage people hear the truth of today once: the nearest threshold.
           CASE WHEN due_on < max(due_on) OVER (PARTITION BY id) THEN 'overtaken' END,
           gen_random_uuid()
    FROM plan
    WHERE due_on <= :today
    ON CONFLICT DO NOTHING
    RETURNING certificate_id, threshold_days, due_on, reason, event_id
),
recorded AS (
    INSERT INTO outbox (event_id, topic, key, headers, payload)
    SELECT entered.event_id, :topic, CAST(due.id AS text),
           CASE threshold_days WHEN 0 THEN CAST(:expired_headers AS jsonb)
                               ELSE CAST(:renewal_headers AS jsonb) END
           || jsonb_build_object('ce_id', entered.event_id, 'ce_subject', due.id,
                                 'ce_partitionkey', due.id),
           convert_to(CAST(json_strip_nulls(json_build_object(
               'certificate_id', due.id, 'number', due.number,
               'application_id', due.application_id,
               'qualification_id', due.qualification_id,
               'qualification_version', due.qualification_version,
               'valid_until', due.valid_until,
               'ends_on', due.ends_on,
               'threshold_days', nullif(threshold_days, 0),
               'noticed_on', CAST(:today AS date),
               'window', proposed.content)) AS text), 'UTF8')
    FROM entered JOIN due ON due.id = entered.certificate_id
    LEFT JOIN LATERAL (
        SELECT json_build_object(
            'starts_on', w.starts_on, 'ends_on', w.ends_on,
            'url', coalesce((SELECT act.explanation_url FROM renewal_pull_forward AS act
                             WHERE act.id = w.pull_forward_id), :explanation_url)) AS content
        FROM renewal_window AS w
        WHERE w.certificate_id = due.id AND w.generation = due.generation AND w.ends_on >= :today
        OFFSET 0  -- a look for each notice, however many windows there are
    ) AS proposed ON threshold_days > 0
    WHERE entered.reason IS NULL
    ORDER BY due.next_notice_on, due.id
),
queued AS (
    INSERT INTO pending_change (certificate_id, kind, effective_on, recorded_at)
    SELECT due.id, CASE threshold_days WHEN 0 THEN 'expired' ELSE 'renewal_due' END,
           entered.due_on, :now
    FROM entered JOIN due ON due.id = entered.certificate_id
    WHERE reason IS NULL
    ORDER BY due.next_notice_on, due.id
)
SELECT (SELECT count(*) FROM due) AS visited_count,
       (SELECT count(*) FROM entered WHERE reason IS NULL) AS notice_count,
       ARRAY(SELECT ROW(threshold_days, reason, due_on, count(*))
             FROM entered GROUP BY threshold_days, reason, due_on) AS entered_notices
