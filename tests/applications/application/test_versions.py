"""Under which version of a qualification people apply, and when they no longer can."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.events.catalog import QualificationPublished, QualificationWithdrawn
from shared.messaging.consumer import Consumer
from tests.applications import people
from tests.clock import ManualClock
from tests.problems import assert_problem

TODAY = date(2026, 3, 2)
OTHER = UUID("5c6f6f0e-4d0a-4f0e-9f64-6f1f3c7f9a02")


def _version(number: int, effective_from: date) -> QualificationPublished:
    return people.build_published_event(number).model_copy(
        update={"effective_from": effective_from}
    )


async def _hear(consumer: Consumer, clock: ManualClock, *events: Any) -> None:
    for event in events:
        await consumer.handle_record(people.build_record(event, clock.now()))


async def _apply(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/v1/applications", json=people.form())


async def test_an_application_is_made_under_the_version_in_force_that_day(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock
) -> None:
    await _hear(consumer, clock, _version(2, TODAY + timedelta(days=2)))
    before = (await _apply(client)).json()
    assert before["qualification"]["version"] == 1
    clock.advance(days=2)
    assert (await _apply(client)).json()["qualification"]["version"] == 2
    earlier_application = (await client.get(f"/v1/applications/{before['id']}")).json()
    assert earlier_application["qualification"]["version"] == 1


async def test_the_day_is_the_civil_zones(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock
) -> None:
    await _hear(consumer, clock, _version(2, TODAY + timedelta(days=1)))
    clock.instant = clock.instant.replace(hour=20, minute=59)
    assert (await _apply(client)).json()["qualification"]["version"] == 1
    clock.advance(minutes=1)
    assert (await _apply(client)).json()["qualification"]["version"] == 2


async def test_nobody_applies_before_the_first_day(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock
) -> None:
    other_event = people.build_published_event(1, OTHER).model_copy(
        update={"effective_from": TODAY + timedelta(days=1)}
    )
    await _hear(consumer, clock, other_event)
    body = people.form() | {"qualification_id": str(OTHER)}
    answer = await client.post("/v1/applications", json=body)
    assert_problem(answer, 422, "application.qualification_not_yet", "/qualification_id")


@pytest.mark.parametrize("deliveries", [1, 2])
async def test_nobody_applies_from_the_withdrawals_day_on_and_who_has_goes_on(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock, deliveries: int
) -> None:
    withdrawn = QualificationWithdrawn(
        qualification_id=people.OPERATOR,
        withdrawn_from=TODAY + timedelta(days=1),
        reason="Стандарт отменён",
    )
    record = people.build_record(withdrawn, clock.now())
    for _ in range(deliveries):
        await consumer.handle_record(record)
    last = (await _apply(client)).json()
    clock.advance(days=1)
    problem = assert_problem(
        await _apply(client), 422, "application.qualification_withdrawn", "/qualification_id"
    )
    assert "2026-03-03" in problem["detail"]
    assert (await client.get(f"/v1/applications/{last['id']}")).json()["status"] == "submitted"
