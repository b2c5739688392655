-- How many notices each day from :first_day to :last_day will bring. All certificates are counted at
-- the thresholds of the default plan; those of qualifications with a plan of their own are taken off
-- again there, and counted at their own thresholds. So each part is read from an index alone.
-- `OFFSET 0` lets PostgreSQL look for each threshold by itself.
WITH threshold AS (
    SELECT plan.qualification_id, planned.days, planned.since,
           CAST(:first_day AS date) + planned.days - CAST(planned.days = 0 AS integer) AS first_end,
           CAST(:last_day AS date) + planned.days - CAST(planned.days = 0 AS integer) AS last_end
    FROM notice_plan AS plan, unnest(plan.days, plan.since) AS planned (days, since)
),
default_threshold AS (
    SELECT * FROM threshold WHERE qualification_id = CAST(:default_plan AS uuid)
),
own_plan AS (
    SELECT qualification_id FROM notice_plan WHERE qualification_id <> CAST(:default_plan AS uuid)
),
counted AS (
    SELECT t.days, t.since, c.ends_on, count(*) AS number
    FROM default_threshold AS t
    CROSS JOIN LATERAL (
        SELECT ends_on FROM certificate
        WHERE ends_on BETWEEN t.first_end AND t.last_end AND next_notice_on IS NOT NULL
        OFFSET 0
    ) AS c
    GROUP BY t.days, t.since, c.ends_on
    UNION ALL
    SELECT t.days, t.since, c.ends_on, -count(*)
    FROM default_threshold AS t
    CROSS JOIN own_plan
    CROSS JOIN LATERAL (
        SELECT ends_on FROM certificate
        WHERE qualification_id = own_plan.qualification_id
          AND ends_on BETWEEN t.first_end AND t.last_end AND next_notice_on IS NOT NULL
        OFFSET 0
    ) AS c
    GROUP BY t.days, t.since, c.ends_on
    UNION ALL
    SELECT t.days, t.since, c.ends_on, count(*)
    FROM threshold AS t
    CROSS JOIN LATERAL (
        SELECT ends_on FROM certificate
        WHERE qualification_id = t.qualification_id
          AND ends_on BETWEEN t.first_end AND t.last_end AND next_notice_on IS NOT NULL
        OFFSET 0
    ) AS c
    WHERE t.qualification_id <> CAST(:default_plan AS uuid)
    GROUP BY t.days, t.since, c.ends_on
)
SELECT due_on,
       coalesce(sum(number) FILTER (WHERE days > 0), 0) AS renewal_total,
       coalesce(sum(number) FILTER (WHERE days = 0), 0) AS expired_total
FROM (
    SELECT days, since, number, ends_on - days + CAST(days = 0 AS integer) AS due_on FROM counted
) AS dated
WHERE since <= due_on
GROUP BY due_on
