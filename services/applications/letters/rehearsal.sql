-- The letters that the notices of a day would bring, for the queries that go on from `letter`.
-- `OFFSET 0` lets PostgreSQL look for the certificates of each threshold by the day of their end.
WITH ending AS (
    SELECT c.*, threshold.days
    FROM (
        SELECT unnest(thresholds_days || 0) AS days FROM notice_plan
        UNION SELECT unnest(CAST(:default_days AS integer[]))
    ) AS threshold
    CROSS JOIN LATERAL (
        SELECT application_id, number, issued_on, ends_on, centre_number, council
        FROM certificate
        WHERE final_kind IS NULL
          AND ends_on = CAST(:rehearsed_on AS date) + threshold.days
                            - CAST(threshold.days = 0 AS integer)
        OFFSET 0
    ) AS c
    WHERE threshold.days IS NOT NULL AND c.issued_on < :rehearsed_on
), addressed AS (
    SELECT ending.*, a.number AS case_number, channel_of_file AS address_channel,
           a.erased_on IS NOT NULL OR NOT EXISTS (
               SELECT FROM consent WHERE application_id = a.id AND withdrawn_at IS NULL
           ) AS is_refused,
           ending.days > 0 AND EXISTS (
               SELECT FROM application AS later
               WHERE later.recertifies ->> 'number' = ending.number
                 AND later.qualification_id = a.qualification_id
                 AND later.name_words = a.name_words AND later.birth_date = a.birth_date
                 AND later.status <> ALL (CAST(:ended_statuses AS text[]))
           ) AS is_in_hand,
           ending.days > 0 AND EXISTS (
               SELECT FROM barred_address AS barred
               WHERE barred.application_id = a.id AND barred.reason = 'unsubscribed'
           ) AS is_unsubscribed
    FROM ending
    JOIN application AS a ON a.id = ending.application_id
    LEFT JOIN notice_plan AS plan ON plan.qualification_id = a.qualification_id
    WHERE ending.days = ANY (
        CASE WHEN plan.thresholds_days IS NULL THEN CAST(:default_days AS integer[])
             ELSE plan.thresholds_days || 0 END
    )
), letter AS (
    SELECT application_id, number, case_number, ends_on, centre_number, council, days,
           CASE WHEN is_refused OR address_channel = 'email' AND is_unsubscribed THEN 'none'
                WHEN address_channel <> 'none' AND is_in_hand THEN 'waiting'
                ELSE address_channel END AS channel
    FROM addressed
)
