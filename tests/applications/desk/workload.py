"""Many cases at once, made by SQL: what lists cost must not depend on how many there are."""

from dataclasses import dataclass

from shared.db import Database
from tests.applications import people

_INSERT_CASES = """
INSERT INTO application (
    id, number, status, revision, qualification_id, qualification_version, council,
    family_name, given_name, patronymic, name_words, birth_date, language, centre_number,
    centre_name, submitted_at, received_on, reviewer, reviewer_subject, closed_on
)
SELECT gen_random_uuid(), '26-' || to_char(nextval('case_serial'), 'FM999000000'),
    :status, 1, :qualification, 1, :council,
    'Фамилия' || letters, 'Имя', 'Отчество',
    to_tsvector('simple', 'фамилия' || letters || ' имя отчество'),
    date '1990-01-01', 'ru', :centre, 'Центр',
    timestamptz '2026-01-05 09:00Z' + serial * interval '1 s',
    date '2026-01-05', CAST(:reviewer AS text), CAST(:reviewer AS text), NULL
FROM generate_series(1, :count) AS serial,
    LATERAL (SELECT translate(serial::text, '0123456789', 'абвгдежзик') AS letters) AS name
"""
_INSERT_LIMITS = """
INSERT INTO time_limit (
    application_id, name, round, centre_number, responsible, source, sources, begun_on, at_risk_on,
    counted_until, due_on, cancelled
)
SELECT id, 'review', 1, centre_number, 'centre', 'law', '{}', date '2026-01-05', date '2027-01-08',
    date '2027-01-15', date '2027-01-15', false
FROM application WHERE closed_on IS NULL AND NOT EXISTS (
    SELECT FROM time_limit WHERE application_id = application.id
)
"""


_INSERT_EXAMINATIONS = """
INSERT INTO examination (
    application_id, began_on, held_on, theory, practice, parts, protocol_number, commission,
    materials, recorded_at
)
SELECT id, received_on, received_on, 'passed', 'passed', '[]', 'П-' || number, '[]', '[]',
    submitted_at
FROM application WHERE status IN ('with_council', 'certified', 'closed')
"""
_INSERT_DECISIONS = """
INSERT INTO decision (
    application_id, outcome, decided_on, protocol_number, members, statement_number, recorded_at
)
SELECT id, 'refuse', received_on, 'СПК-' || number, '[]', 'З-' || number, submitted_at
FROM application WHERE status IN ('certified', 'closed')
"""
_INSERT_CERTIFICATES = """
INSERT INTO certificate (
    application_id, certificate_id, number, issued_on, valid_until, ends_on, centre_number, council
)
SELECT id, id, '07.01000.01.' || number, received_on, received_on, received_on, centre_number,
    council
FROM application WHERE status IN ('certified', 'closed')
"""


@dataclass(frozen=True, slots=True)
class Workload:
    """So many cases of one centre in one status, led by this account."""

    centre: str
    status: str
    count: int
    council: str = "СПК офисных специалистов"
    reviewer: str | None = None


async def add_cases(database: Database, *workloads: Workload) -> None:
    """Adds the cases, each open one with a limit that runs; later ones with protocols and papers.

    A protocol is called by its case's number: `П-26-000001`, a decision's `СПК-26-000001`.
    """
    async with database.transaction() as session:
        # A busy machine may take longer than a request may.
        await people.execute_statement(session, "SET LOCAL statement_timeout = 0")
        for workload in workloads:
            await people.execute_statement(
                session,
                _INSERT_CASES,
                status=workload.status,
                qualification=people.OPERATOR,
                council=workload.council,
                centre=workload.centre,
                reviewer=workload.reviewer,
                count=workload.count,
            )
        await people.execute_statement(
            session,
            "UPDATE application SET closed_on = date '2026-02-01' "
            "WHERE status IN ('closed', 'declined', 'withdrawn')",
        )
        for statement in (
            *(_INSERT_LIMITS, _INSERT_EXAMINATIONS, _INSERT_DECISIONS, _INSERT_CERTIFICATES),
        ):
            await people.execute_statement(session, statement)
