"""What verification reads, below the ORM, with prepared statements: the most frequent reads."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.certificates.certificate.standing import Change, ChangeKind
from shared.db import Pool

_COLUMNS = """
    CASE WHEN c.revision > 0 THEN (
        SELECT json_agg(json_build_array(
            kind, effective_on, recorded_at, h.valid_until, successor) ORDER BY h.id)
        FROM certificate_change h WHERE h.certificate_id = c.id
    ) END AS changes,
    c.id, c.number, c.issued_on, c.valid_until, c.qualification ->> 'name' AS qualification,
    (c.qualification ->> 'level')::int AS level, c.qualification ->> 'council' AS council,
    c.qualification ->> 'registry_number' AS registry_number
"""
_ONE = f"SELECT {_COLUMNS} FROM certificate c WHERE number = $1 AND issued_on = $2"  # noqa: S608
_MANY = f"SELECT {_COLUMNS} FROM certificate c WHERE number = ANY($1)"  # noqa: S608
_NAMES = """
    SELECT holder::text FROM certificate WHERE id = $1
    UNION ALL SELECT holder::text FROM duplicate WHERE certificate_id = $1
"""
_ANSWERS = """
    SELECT answer FROM verification_row
    WHERE job_id = $1 AND row > $2 AND row <= $3 ORDER BY row LIMIT 1000
"""


@dataclass(slots=True)
class Known:
    """What is known of a certificate, without its holder."""

    changes: tuple[Change, ...]
    id: UUID
    number: str
    issued_on: date
    valid_until: date
    qualification: str
    level: int
    council: str
    registry_number: str | None


async def one(pool: Pool, number: str, issued_on: date) -> Known | None:
    """The certificate with this number and date of issue: both are needed, as in the registry."""
    row = await pool.fetchrow(_ONE, number, issued_on)
    return None if row is None else _known(row)


async def many(pool: Pool, numbers: Iterable[str]) -> dict[str, Known]:
    """The certificates with these numbers."""
    found = [_known(row) for row in await pool.fetch(_MANY, list(set(numbers)))]
    return {each.number: each for each in found}


async def job_answers(pool: Pool, job_id: UUID, after: int, done: int) -> list[str]:
    """The next answers of a job, as JSON, in the order of its rows."""
    return [row["answer"] for row in await pool.fetch(_ANSWERS, job_id, after, done)]


async def names(pool: Pool, certificate_id: UUID) -> list[dict[str, Any]]:
    """The names on the certificate and on its duplicates: only to be compared with."""
    return [json.loads(row["holder"]) for row in await pool.fetch(_NAMES, certificate_id)]


def _known(row: Any) -> Known:
    changes, *told = row.values()
    return Known(() if changes is None else _changes(changes), *told)


def _changes(told: str) -> tuple[Change, ...]:
    return tuple(
        Change(
            ChangeKind(kind),
            date.fromisoformat(effective_on),
            datetime.fromisoformat(recorded_at),
            date.fromisoformat(valid_until) if valid_until else None,
            successor,
        )
        for kind, effective_on, recorded_at, valid_until, successor in json.loads(told)
    )
