"""Operations see which addresses of portals do not get their events, since when, and why."""

from datetime import UTC, datetime

import httpx
import pytest
from lxml import html
from sqlalchemy import text

from shared.db import Database, execute
from shared.principal import Scope
from tests import tokens
from tests.certificates.rosters.portal import portal, subscribe
from tests.words import list_codes, list_foreign_sentences

PATH = "/operations/endpoints"
OPERATOR = tokens.browser(Scope.OPERATE, subject="operations")
_ADD_ATTEMPT = text(
    """
    INSERT INTO delivery_attempt (id, started_at, target_id, kind, first, last, trace_id, outcome,
        failure, milliseconds)
    SELECT gen_random_uuid(), CAST(:started_at AS timestamptz), id, 'events', 1, 1, :trace_id,
        'broken', :failure, 15000
    FROM webhook_endpoint WHERE host = :host
    """
)


async def _enter(client: httpx.AsyncClient, database: Database, host: str, state: str) -> None:
    """Enters an address with a secret in its path, and sets its state."""
    path = await subscribe(client, name=host)
    wish = {"url": f"https://{host}/hook-s3cret", "contact": "it@portal.example"}
    answer = await client.post(f"{path}/endpoints", json=wish, headers=portal())
    assert answer.status_code == 201, answer.text
    change = """
        UPDATE webhook_endpoint SET state = :state, failures = 3, delivered_through = 0,
            last_sequence = 17, failing_since = now() - make_interval(hours => length(host))
        WHERE host = :host
    """
    async with database.transaction() as session:
        await execute(session, text(change), {"host": host, "state": state})


async def _count(client: httpx.AsyncClient) -> str:
    overview = await client.get("/en/operations", headers=OPERATOR)
    return overview.text.partition('href="/en/operations/endpoints"')[2].partition("</a>")[0]


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_addresses_that_fail_are_listed_the_oldest_trouble_first(
    client: httpx.AsyncClient, database: Database, language: str
) -> None:
    await _enter(client, database, "new.example", "failing")
    await _enter(client, database, "oldest-trouble.example", "paused")
    await _enter(client, database, "works.example", "active")
    async with database.transaction() as session:
        for day, failure in ((1, "timeout"), (2, "503")):
            values = {
                "host": "new.example",
                "failure": failure,
                "started_at": datetime(2026, 3, day, 9, tzinfo=UTC),
                "trace_id": f"{day}" * 32,
            }
            await execute(session, _ADD_ATTEMPT, values)
    client.headers.pop("Authorization", None)
    page = await client.get(f"/{language}{PATH}", headers=OPERATOR)
    assert page.status_code == 200
    rows = [row.text_content() for row in html.fromstring(page.text).xpath("//tbody/tr")]
    assert ["oldest-trouble.example" in rows[0], "new.example" in rows[1]] == [True, True]
    assert len(rows) == 2, "one that works is no trouble"
    assert "503" in rows[1], "the last try counts"
    assert "2" * 32 in rows[1]
    assert tokens.EMPLOYER in rows[1]
    assert "17" in rows[1]
    assert "s3cret" not in page.text
    assert list_codes(page.text) == []
    assert list_foreign_sentences(page.text, language, {"operations"}) == []
    assert ">2<" in await _count(client)


async def test_only_operations_read_them(client: httpx.AsyncClient) -> None:
    client.headers.pop("Authorization", None)
    stranger = tokens.browser(Scope.WATCH, employer=tokens.EMPLOYER)
    assert (await client.get(f"/en{PATH}", headers=stranger)).status_code == 403
    assert (await client.get(f"/en{PATH}")).status_code in {303, 401}
