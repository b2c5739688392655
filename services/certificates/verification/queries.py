"""The most frequent reads, those of verification, below the ORM by prepared statements."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.certificates.certificate.standing import Change, ChangeKind
from shared.db import Pool
from shared.events.applications import Holder

_COLUMNS = """
    CASE WHEN c.revision > 0 THEN (
        SELECT json_agg(json_build_array(
            kind, effective_on, recorded_at, h.ends_on, successor) ORDER BY h.id)
        FROM certificate_change h WHERE h.certificate_id = c.id
    ) END AS changes,
    c.id, c.number, c.issued_on, c.valid_until, c.qualification ->> 'name' AS qualification,
    (c.qualification ->> 'level')::int AS level, c.qualification ->> 'council' AS council,
    c.qualification ->> 'registry_number' AS registry_number,
    COALESCE((c.qualification -> 'term_confirmed')::boolean, true) AS term_confirmed
"""
_BY_NUMBER_AND_DATE = f"SELECT {_COLUMNS} FROM certificate c WHERE number = $1 AND issued_on = $2"  # noqa: S608
_BY_NUMBERS = f"SELECT {_COLUMNS} FROM certificate c WHERE number = ANY($1)"  # noqa: S608
_HOLDERS_QUERY = """
    SELECT holder::text FROM certificate WHERE id = $1
    UNION ALL SELECT holder::text FROM duplicate WHERE certificate_id = $1
"""
_HOLDERS_BY_NUMBER = """
    WITH certificates AS (SELECT id, number, holder FROM certificate WHERE number = ANY($1))
    SELECT number, id, holder::text FROM certificates
    UNION ALL SELECT c.number, c.id, d.holder::text
    FROM certificates c JOIN duplicate d ON d.certificate_id = c.id
"""


@dataclass(slots=True)
class CertificateFacts:
    """What verification reads of a certificate, without its holder."""

    changes: tuple[Change, ...]
    id: UUID
    number: str
    issued_on: date
    valid_until: date
    qualification: str
    level: int
    council: str
    registry_number: str | None
    term_confirmed: bool


async def get_certificate_facts(
    pool: Pool, number: str, issued_on: date
) -> CertificateFacts | None:
    """The certificate with this number and date of issue: both must match, as in the registry."""
    row = await pool.fetchrow(_BY_NUMBER_AND_DATE, number, issued_on)
    return None if row is None else _to_facts(row)


async def list_certificate_facts(pool: Pool, numbers: Iterable[str]) -> dict[str, CertificateFacts]:
    """The certificates with these numbers, by number."""
    certificates = [_to_facts(row) for row in await pool.fetch(_BY_NUMBERS, list(set(numbers)))]
    return {certificate.number: certificate for certificate in certificates}


async def list_holders_by_number(
    pool: Pool, numbers: Iterable[str]
) -> dict[str, tuple[UUID, list[Holder]]]:
    """The same of many certificates, by number, each with its id."""
    holders: dict[str, tuple[UUID, list[Holder]]] = {}
    for number, certificate_id, holder in await pool.fetch(_HOLDERS_BY_NUMBER, list(set(numbers))):
        _, names = holders.setdefault(number, (certificate_id, []))
        names.append(Holder.model_validate_json(holder))
    return holders


async def list_holder_names(pool: Pool, certificate_id: UUID) -> list[Holder]:
    """The holders named on the certificate and its duplicates: only to be compared with."""
    rows = await pool.fetch(_HOLDERS_QUERY, certificate_id)
    return [Holder.model_validate_json(row["holder"]) for row in rows]


def _to_facts(row: Any) -> CertificateFacts:
    changes, *facts = row.values()
    return CertificateFacts(() if changes is None else _parse_changes(changes), *facts)


def _parse_changes(changes_json: str) -> tuple[Change, ...]:
    """The changes in a JSON array of arrays, as the query builds it."""
    return tuple(
        Change(
            ChangeKind(kind),
            date.fromisoformat(effective_on),
            datetime.fromisoformat(recorded_at),
            date.fromisoformat(ends_on) if ends_on else None,
            successor,
        )
        for kind, effective_on, recorded_at, ends_on, successor in json.loads(changes_json)
    )
