-- What a scan of a day would publish, for the queries that go on from `due`.
-- Thresholds of plans of their own are looked up by qualification and end, those of the default by
-- end alone. `OFFSET 0` lets PostgreSQL do just that for each: it takes thresholds for many.
WITH threshold AS (
    SELECT qualification_id, unnest(days) AS days FROM notice_plan
),
ending AS (
    SELECT c.*, threshold.days
    FROM threshold CROSS JOIN LATERAL (
        SELECT id, number, qualification_id, ends_on, planned_from, next_notice_on
        FROM certificate
        WHERE qualification_id = threshold.qualification_id AND next_notice_on IS NOT NULL
          AND ends_on = CAST(:rehearsed_on AS date) + threshold.days
                        - CAST(threshold.days = 0 AS integer)
        OFFSET 0
    ) AS c
    WHERE threshold.qualification_id <> :default_plan
    UNION ALL
    SELECT c.*, threshold.days
    FROM threshold CROSS JOIN LATERAL (
        SELECT id, number, qualification_id, ends_on, planned_from, next_notice_on
        FROM certificate
        WHERE next_notice_on IS NOT NULL
          AND ends_on = CAST(:rehearsed_on AS date) + threshold.days
                        - CAST(threshold.days = 0 AS integer)
        OFFSET 0
    ) AS c
    WHERE threshold.qualification_id = :default_plan
      AND c.qualification_id NOT IN (SELECT qualification_id FROM notice_plan)
),
due AS (
    SELECT c.id, c.number, c.qualification_id, c.ends_on, c.days
    FROM ending AS c
    CROSS JOIN LATERAL plan_of(c.qualification_id, c.ends_on, c.planned_from) AS planned
    -- A next notice after the day is one that was told already.
    WHERE planned.days = c.days AND c.next_notice_on <= :rehearsed_on
)
