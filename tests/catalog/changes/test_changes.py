"""What others must hear of: withdrawals, and the change feed without gaps."""

import asyncio
from typing import Any

import httpx
from sqlalchemy import text

from shared.db import Database, execute
from shared.events.catalog import QualificationPublished, QualificationWithdrawn
from tests.catalog.qualifications import DRAFT, approve, draft, get_body, publish, revise, step
from tests.clock import ManualClock
from tests.problems import assert_problem


async def test_a_withdrawn_qualification_ends_on_its_day_for_a_reason(
    client: httpx.AsyncClient, clock: ManualClock, database: Database
) -> None:
    first = await publish(client, await draft(client))
    address = f"/v1/qualifications/{first['id']}"
    end = {"withdrawn_from": "2026-05-01", "reason": "Стандарт отменён"}
    past = await client.post(f"{address}/withdraw", json={**end, "withdrawn_from": "2026-03-01"})
    assert_problem(past, 422, "withdrawal.past", "/withdrawn_from")
    ending = get_body(await client.post(f"{address}/withdraw", json=end))
    assert (ending["effective_until"], ending["state"]) == ("2026-05-01", "in_force")
    again = await client.post(f"{address}/withdraw", json=end)
    assert_problem(again, 422, "qualification.withdrawn")
    assert_problem(await revise(client, first, level=4), 422, "qualification.withdrawn")
    assert get_body(await client.get(f"{address}?on=2026-04-30"))["version"] == 1
    assert (await client.get(f"{address}?on=2026-05-01")).status_code == 404
    clock.advance(days=60)
    later = get_body(await client.get(address))
    assert (later["state"], later["withdrawal_reason"]) == ("withdrawn", "Стандарт отменён")
    assert get_body(await client.get("/v1/qualifications"))["items"] == []
    async with database.read_only_transaction() as session:
        rows = (await execute(session, text("SELECT payload FROM outbox ORDER BY id"))).all()
    QualificationPublished.model_validate_json(rows[0].payload)
    event = QualificationWithdrawn.model_validate_json(rows[1].payload)
    assert (event.withdrawn_from.isoformat(), event.reason) == ("2026-05-01", "Стандарт отменён")


async def test_nothing_is_withdrawn_that_was_not_published(client: httpx.AsyncClient) -> None:
    version = await draft(client)
    end = {"withdrawn_from": "2026-05-01", "reason": "x"}
    answer = await client.post(f"/v1/qualifications/{version['id']}/withdraw", json=end)
    assert_problem(answer, 422, "qualification.unpublished")


async def test_the_feed_has_every_change_once_in_order(client: httpx.AsyncClient) -> None:
    drafts = [await draft(client, name=f"К{number}") for number in range(5)]
    await asyncio.gather(*(publish(client, version) for version in drafts))
    end = {"withdrawn_from": "2026-05-01", "reason": "x"}
    get_body(await client.post(f"/v1/qualifications/{drafts[0]['id']}/withdraw", json=end))
    changes: list[dict[str, Any]] = []
    while True:
        page = get_body(await client.get("/v1/changes", params={"after": len(changes), "limit": 2}))
        changes += page["items"]
        if len(changes) == page["head"]:
            break
    assert [change["position"] for change in changes] == [1, 2, 3, 4, 5, 6]
    assert [change["kind"] for change in changes] == ["published"] * 5 + ["withdrawn"]
    assert {change["qualification"]["id"] for change in changes[:5]} == {
        version["id"] for version in drafts
    }
    assert changes[5]["qualification"]["effective_until"] == "2026-05-01"


async def test_a_refused_publication_leaves_no_gap_in_the_feed(client: httpx.AsyncClient) -> None:
    first = await approve(client, await draft(client))
    refusal = await step(client, first, "publish", {"effective_from": "2026-01-01"})
    assert refusal.status_code == 422
    assert get_body(await client.get("/v1/changes")) == {"items": [], "head": 0}


async def test_what_was_given_up_or_withdrawn_may_be_drafted_anew(
    client: httpx.AsyncClient,
) -> None:
    first = await draft(client, registry_number="07.01000.01")
    get_body(await step(client, first, "discard"))
    assert_problem(await revise(client, first, level=4), 409, "qualification.discarded")
    second = await publish(client, await draft(client, registry_number="07.01000.01"))
    assert second["id"] != first["id"]
    address = f"/v1/qualifications/{second['id']}"
    end = {"withdrawn_from": "2026-05-01", "reason": "Новая редакция стандарта"}
    get_body(await client.post(f"{address}/withdraw", json=end))
    body = {**DRAFT, "registry_number": "07.01000.01"}
    answer = await client.post("/v1/qualifications", json=body)
    assert_problem(answer, 409, "qualification.registry_number", "/registry_number")
    third = await publish(client, await draft(client), "2026-05-01")
    assert get_body(await client.get(f"{address}?on=2026-04-30"))["id"] == second["id"]
    (item,) = get_body(await client.get("/v1/qualifications?on=2026-05-01"))["items"]
    assert item["id"] == third["id"]
