-- The windows of a cohort whose certificates are locked, moved to the days that a council names.
-- Each takes a place on one of the slots there, dealt out evenly by hash, and gives its old one back.
WITH ranked AS MATERIALIZED (
    SELECT c.id, c.generation,
           row_number() OVER (
               ORDER BY sha256(convert_to(concat_ws(' ', c.id, c.generation), 'UTF8')), c.id
           ) AS rank
    FROM certificate AS c WHERE c.id = ANY(:certificate_ids)
),
before AS MATERIALIZED (
    SELECT earlier.slot_on
    FROM ranked
    CROSS JOIN LATERAL (
        SELECT w.slot_on FROM renewal_window AS w
        WHERE w.certificate_id = ranked.id AND w.generation = ranked.generation
        OFFSET 0  -- a look for each, however many windows there are
    ) AS earlier
),
entered AS (
    INSERT INTO renewal_window AS w (certificate_id, generation, qualification_id, starts_on,
                                     ends_on, slot_on, pull_forward_id)
    SELECT id, generation, :qualification_id, :starts_on, :ends_on,
           (CAST(:slot_days AS date[]))[1 + (rank - 1) % cardinality(CAST(:slot_days AS date[]))],
           :pull_forward_id
    FROM ranked
    ON CONFLICT (certificate_id, generation) DO UPDATE
    SET starts_on = excluded.starts_on, ends_on = excluded.ends_on, slot_on = excluded.slot_on,
        pull_forward_id = excluded.pull_forward_id
    RETURNING slot_on
),
difference AS MATERIALIZED (
    SELECT slot_on AS day, CAST(sum(places) AS integer) AS places
    FROM (SELECT slot_on, 1 AS places FROM entered
          UNION ALL SELECT slot_on, -1 FROM before) AS moved
    GROUP BY slot_on
),
emptied AS (
    UPDATE renewal_slot AS s SET assigned = greatest(s.assigned + difference.places, 0)
    FROM difference
    WHERE s.qualification_id = :qualification_id AND s.day = difference.day
      AND difference.places < 0
)
INSERT INTO renewal_slot AS s (qualification_id, day, capacity, assigned)
SELECT :qualification_id, day, coalesce(c.declared_places, c.measured_places), places
FROM difference JOIN renewal_capacity AS c ON c.qualification_id = :qualification_id
WHERE places > 0
ON CONFLICT (qualification_id, day) DO UPDATE SET assigned = s.assigned + excluded.assigned
