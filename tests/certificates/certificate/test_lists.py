"""What a list of certificates can be asked for: an order, some members, days as text."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import NUMBER, QUESTION, approval, delivery, rows
from tests.clock import ManualClock
from tests.problems import assert_problem

LIST = "/v1/certificates"
ORDERS = {
    "issued_at": (1, 2, 3),
    "-issued_at": (3, 2, 1),
    "ends_on": (2, 1, 3),
    "-ends_on": (3, 1, 2),
}
"""Serial numbers of the certificates in each order."""
CHANGE = {"reason": "Экзамены не проводились", "basis": "Решение № 7"}


@pytest.fixture
async def terms(consumer: Consumer, clock: ManualClock) -> None:
    """Three certificates a day apart, whose terms are three years, one, and five."""
    for term in ("P3Y", "P1Y", "P5Y"):
        await consumer.handle_record(delivery(approval(validity_term=term), clock.now()))
        clock.advance(days=1)


async def _list(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    """All items, two on a page."""
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await client.get(LIST, params={**query, "limit": 2, **cursor})
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        if answer.json()["next"] is None:
            return items
        cursor = {"cursor": answer.json()["next"]}


@pytest.mark.usefixtures("terms")
@pytest.mark.parametrize("order", ORDERS)
async def test_a_list_has_the_order_that_was_asked_for(
    client: httpx.AsyncClient, order: str
) -> None:
    items = await _list(client, sort=order)
    serials = tuple(int(item["number"].split(".")[3]) for item in items)
    assert serials == ORDERS[order]


@pytest.mark.usefixtures("terms")
async def test_an_unknown_order_and_another_orders_cursor_are_problems(
    client: httpx.AsyncClient,
) -> None:
    assert_problem(
        await client.get(LIST, params={"sort": "number"}), 422, "value.choice", "#query/sort"
    )
    page = (await client.get(LIST, params={"sort": "ends_on", "limit": 1})).json()
    other = await client.get(LIST, params={"sort": "issued_at", "cursor": page["next"]})
    assert_problem(other, 422, "paging.cursor", "#query/cursor")


async def test_fields_choose_members_of_one_certificate_and_of_many(
    client: httpx.AsyncClient, three: list[UUID]
) -> None:
    many = await client.get(LIST, params={"fields": "number,ends_on"})
    assert [set(item) for item in many.json()["items"]] == [{"number", "ends_on"}] * 3
    assert "next" in many.json()
    single = await client.get(f"{LIST}/{three[0]}", params={"fields": "number"})
    assert single.json() == {"number": NUMBER}
    for path in (LIST, f"{LIST}/{three[0]}"):
        unknown = await client.get(path, params={"fields": "number,digest"})
        assert_problem(unknown, 422, "request.fields", "#query/fields")


async def test_a_read_of_some_members_is_recorded_too(
    client: httpx.AsyncClient, three: list[UUID], database: Database
) -> None:
    await client.get(f"{LIST}/{three[0]}", params={"fields": "number"})
    disclosures = await rows(database, "SELECT resource FROM disclosure")
    assert [row.resource for row in disclosures] == ["certificate"]


@pytest.mark.parametrize("day", [0, 20_000, "2026-03-02T00:00:00", "2026-03-02T00:00:00Z", "0"])
async def test_a_day_is_text_and_nothing_else(
    client: httpx.AsyncClient, three: list[UUID], day: object
) -> None:
    queries = {
        "/v1/verification?issued_on": {"number": NUMBER, "issued_on": day},
        "/v1/verification?on": {**QUESTION, "on": day},
        "/v1/renewal-info?issued_on": {"number": NUMBER, "issued_on": day},
        "/v1/notices?due_from": {"due_from": day},
        "/v1/registry/manifests?after": {"after": day},
        "/v1/rehearsals?on": {"on": day},
    }
    for place, query in queries.items():
        path, _, name = place.partition("?")
        answer = await client.get(path, params={name: str(value) for name, value in query.items()})
        assert_problem(answer, 422, "day.form", f"#query/{name}")
    bodies: dict[str, dict[str, Any]] = {
        "/v1/verification?on": {**QUESTION, "on": day},
        "/v1/extensions/preview?ends_to": {
            **CHANGE,
            "ends_from": "2026-01-01",
            "ends_to": day,
            "extended_by": "P1M",
        },
        f"{LIST}/{three[0]}/suspend?effective_on": {**CHANGE, "effective_on": day},
        f"{LIST}/{three[0]}/duplicates?applied_on": {
            "ground": "loss",
            "basis": "Заявление",
            "applied_on": day,
        },
    }
    for place, body in bodies.items():
        path, _, name = place.partition("?")
        assert_problem(await client.post(path, json=body), 422, "day.form", f"/{name}")
    many = await client.post("/v1/verification/many", json=[{**QUESTION, "issued_on": day}])
    (row,) = many.json()["items"]
    assert [(error["pointer"], error["rule"]) for error in row["errors"]] == [
        ("/issued_on", "day.form")
    ]
