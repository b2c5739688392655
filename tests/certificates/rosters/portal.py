"""An employer's portal, and loads of rosters that no portal could send in a test's time."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import rfc8785
from sqlalchemy import text

from shared.db import Database, execute
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import QUALIFICATION

SUBSCRIPTIONS = "/v1/subscriptions"
WISH = {
    "name": "Контактный центр",
    "purpose": "Допуск операторов к работе с клиентами",
    "basis": "ТК РФ, статья 195.3",
    "until": "2028-03-02",
}


def portal(employer: str = tokens.EMPLOYER, **claims: Any) -> dict[str, str]:
    """The header of this employer's portal."""
    return tokens.bearer(Scope.WATCH, subject=f"portal-{employer}", employer=employer, **claims)


async def subscribe(client: httpx.AsyncClient, **changes: Any) -> str:
    """The address of a new subscription; `headers` say whose."""
    headers = changes.pop("headers", portal())
    answer = await client.post(SUBSCRIPTIONS, json=WISH | changes, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


async def enrol(client: httpx.AsyncClient, path: str, question: dict[str, str]) -> dict[str, Any]:
    """Enrols a certificate; the answer."""
    answer = await client.post(f"{path}/enrolments", json=question, headers=portal())
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def read_events(client: httpx.AsyncClient, path: str, after: int = 0) -> list[dict[str, Any]]:
    """All events after a number, page by page; they are dense and canonical."""
    events: list[dict[str, Any]] = []
    while True:
        last = after + len(events)
        answer = await client.get(f"{path}/events", params={"after": last}, headers=portal())
        assert answer.status_code == 200, answer.text
        page = answer.json()["items"]
        if not page:
            return events
        assert [int(event["sequence"]) for event in page] == list(
            range(last + 1, last + 1 + len(page))
        )
        events += page


def kinds(events: Sequence[dict[str, Any]]) -> list[str]:
    """What the events tell, in their order."""
    return [event["type"].removeprefix("attesta.roster.").removesuffix(".v1") for event in events]


def digest_of(events: Sequence[dict[str, Any]]) -> str:
    """The digest of events as a portal works it out of what it parsed and kept."""
    hashes = [hashlib.sha256(rfc8785.dumps(event)).digest() for event in events]
    return hashlib.sha256(b"".join(hashes)).hexdigest()


def lines(*questions: Any) -> str:
    """NDJSON of these values; text stands as it is."""
    return "".join(
        f"{value if isinstance(value, str) else json.dumps(value)}\n" for value in questions
    )


_LOAD_CERTIFICATES = text(
    """
    INSERT INTO certificate (id, number, application_id, holder, qualification_id,
        qualification_version, qualification, centre, decided_on, decision_protocol, issued_on,
        valid_until, ends_on, generation, revision, issued_at, planned_from, in_feed)
    SELECT gen_random_uuid(), 'load-' || n, gen_random_uuid(),
        '{"family_name": "Белова", "given_name": "Анна", "patronymic": null}',
        :qualification_id, 1, CAST(:qualification AS jsonb), '{"number": "78.041", "name": "ЦОК"}',
        '2026-03-02', 'С-1', '2026-03-02', '2029-03-01', '2029-03-01', 0, 0,
        '2026-03-02T09:00:00Z', '2026-03-02', true
    FROM generate_series(1, CAST(:number AS int)) AS n
    """
)


async def load_certificates(database: Database, number: int) -> None:
    """Loads certificates `load-1` and so on, issued on 2 March 2026, valid through 1 March 2029."""
    async with database.transaction() as session:
        values = {
            "number": number,
            "qualification_id": QUALIFICATION.id,
            "qualification": QUALIFICATION.model_dump_json(),
        }
        await execute(session, _LOAD_CERTIFICATES, values)


_LOAD_SUBSCRIPTION = text(
    """
    INSERT INTO subscription (id, employer, name, purpose, basis, until, state, revision,
        last_sequence, enrolled, sealed_sequence, unsealed_from, created_at, created_by)
    VALUES (:id, :employer, 'n', 'for a test', 'b', '2028-03-02', 'open', 0, 0, :enrolled, 0,
        '2026-03-02', '2026-03-02T09:00:00Z', 'test')
    """
)
_LOAD_ENROLMENTS = text(
    """
    INSERT INTO enrolment (subscription_id, certificate_id, enrolled_at)
    SELECT :id, id, '2026-03-02T09:00:00Z' FROM certificate
    WHERE number = ANY(SELECT 'load-' || n FROM generate_series(CAST(:first AS int), :last) AS n)
    """
)


async def load_roster(database: Database, subscription_id: UUID, first: int, last: int) -> None:
    """Loads a subscription that watches the certificates `load-<first>` to `load-<last>`."""
    async with database.transaction() as session:
        values = {
            "id": subscription_id,
            "employer": tokens.EMPLOYER,
            "enrolled": last - first + 1,
        }
        await execute(session, _LOAD_SUBSCRIPTION, values)
        await execute(
            session, _LOAD_ENROLMENTS, {"id": subscription_id, "first": first, "last": last}
        )
