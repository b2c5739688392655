-- Windows for certificates that end on one day, in their turn: by hash.
-- Rank r gets the latest slot whose free places, counted from the latest one, reach r. Where all
-- are too few, the rest is dealt out to the slots in turn, those with the least excess first.
WITH cohort AS MATERIALIZED (
    SELECT c.id, c.generation, c.qualification_id,
           sha256(convert_to(concat_ws(' ', c.id, c.generation), 'UTF8')) AS lot
    FROM certificate AS c
    WHERE c.id = ANY(:certificate_ids) AND c.ends_on = :ends_on AND c.next_notice_on IS NOT NULL
      AND NOT EXISTS (SELECT FROM renewal_window AS w
                      WHERE w.certificate_id = c.id AND w.generation = c.generation
                      OFFSET 0)  -- a look for each, however many windows there are
),
size AS MATERIALIZED (
    SELECT qualification_id, count(*) AS certificate_count FROM cohort GROUP BY qualification_id
),
slot AS (
    SELECT size.qualification_id, size.certificate_count, offered.day, c.places,
           greatest(c.places - coalesce(s.assigned, 0), 0) AS free,
           greatest(coalesce(s.assigned, 0) - c.places, 0) AS excess
    FROM size
    JOIN (SELECT qualification_id, coalesce(declared_places, measured_places) AS places
          FROM renewal_capacity) AS c USING (qualification_id)
    CROSS JOIN unnest(CAST(:slot_days AS date[])) AS offered (day)
    LEFT JOIN renewal_slot AS s
      ON s.qualification_id = size.qualification_id AND s.day = offered.day
),
slot_row AS MATERIALIZED (
    SELECT *,
           sum(free) OVER (PARTITION BY qualification_id ORDER BY day DESC) AS upto,
           sum(free) OVER (PARTITION BY qualification_id) AS free_total,
           count(*) OVER (PARTITION BY qualification_id) AS slot_count,
           row_number() OVER (PARTITION BY qualification_id ORDER BY excess, day DESC) AS turn
    FROM slot
),
place AS (
    SELECT qualification_id, day, places, upto - free + n AS rank
    FROM slot_row,
         generate_series(CAST(1 AS bigint), least(free, certificate_count - (upto - free))) AS n
    WHERE upto - free < certificate_count
    UNION ALL
    SELECT qualification_id, day, places, free_total + n
    FROM slot_row, generate_series(turn, certificate_count - free_total, slot_count) AS n
),
ranked AS (
    SELECT id, generation, qualification_id,
           row_number() OVER (PARTITION BY qualification_id ORDER BY lot, id) AS rank
    FROM cohort
),
entered AS (
    INSERT INTO renewal_window
        (certificate_id, generation, qualification_id, starts_on, ends_on, slot_on)
    SELECT id, generation, qualification_id, day - CAST(:window_days AS integer) + 1, day, day
    FROM ranked JOIN place USING (qualification_id, rank)
    RETURNING qualification_id, slot_on
)
INSERT INTO renewal_slot AS s (qualification_id, day, capacity, assigned)
SELECT qualification_id, slot_on, coalesce(declared_places, measured_places), count(*)
FROM entered JOIN renewal_capacity USING (qualification_id)
GROUP BY qualification_id, slot_on, coalesce(declared_places, measured_places)
ON CONFLICT (qualification_id, day) DO UPDATE
SET capacity = excluded.capacity, assigned = s.assigned + excluded.assigned
