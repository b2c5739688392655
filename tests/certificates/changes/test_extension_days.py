"""From which day an extension holds, when it was decided, and its two ends wherever they stand."""

import json
from typing import Any

import httpx
import pytest

from services.certificates.registry import feed
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.scan import scan_due_notices
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import rows
from tests.certificates.changes.test_changes import (
    EXTENSION,
    FIRST,
    events,
    identity,
    issue,
    verdict,
)
from tests.clock import ManualClock
from tests.problems import assert_problem

PRINTED, EXTENDED = "2029-03-02", "2029-08-02"
DECIDED_LATE = {**EXTENSION, "count": 1, "decided_on": "2029-04-23"}


async def extend(client: httpx.AsyncClient, **more: str) -> None:
    answer = await client.post("/v1/extensions", json={**DECIDED_LATE, **more})
    assert answer.status_code == 200, answer.text
    assert answer.json()["count"] == 1


@pytest.fixture
async def ended(consumer: Consumer, clock: ManualClock) -> None:
    """A certificate that ended on 2 March 2029, and the clock at 25 April."""
    await issue(consumer, clock)
    clock.instant = clock.instant.fromisoformat("2029-04-25T09:00:00+00:00")


@pytest.mark.usefixtures("ended")
async def test_what_was_extended_after_its_end_was_valid_all_along_and_held_for_expired(
    client: httpx.AsyncClient, database: Database
) -> None:
    assert (await verdict(client, on="2029-04-01"))["verdict"] == "expired"
    await extend(client)
    then = await verdict(client, on="2029-04-01")
    assert (then["verdict"], then["valid"], then["known_at_the_time"]) == ("valid", True, "expired")
    assert then["certificate"]["ends_on"] == EXTENDED
    path = f"/v1/certificates/{await identity(database, FIRST)}/changes"
    (change,) = (await client.get(path)).json()["items"]
    assert (change["effective_on"], change["decided_on"], change["ends_on"]) == (
        *("2029-02-01", "2029-04-23", EXTENDED),
    )


@pytest.mark.usefixtures("ended")
async def test_an_extension_that_holds_from_a_later_day_leaves_the_gap(
    client: httpx.AsyncClient,
) -> None:
    await extend(client, effective_on="2029-04-20")
    assert (await verdict(client, on="2029-04-19"))["verdict"] == "expired"
    assert (await verdict(client, on="2029-04-20"))["verdict"] == "valid"


async def test_an_extension_decided_before_the_end_holds_from_the_decision(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock
) -> None:
    await issue(consumer, clock)
    clock.advance(days=100)
    await extend(client, decided_on="2026-06-08")
    assert (await verdict(client, on="2026-06-07"))["certificate"]["ends_on"] == PRINTED
    later = await verdict(client, on="2026-06-08")
    assert (later["certificate"]["ends_on"], later["certificate"]["valid_until"]) == (
        *(EXTENDED, PRINTED),
    )


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize("name", ["decided_on", "effective_on"])
@pytest.mark.parametrize("path", ["/v1/extensions", "/v1/extensions/preview"])
async def test_an_extension_is_recorded_when_it_is_decided_and_in_force(
    client: httpx.AsyncClient, name: str, path: str
) -> None:
    body: dict[str, object] = {**DECIDED_LATE, name: "2029-04-26"}
    if path.endswith("preview"):
        del body["count"]
    assert_problem(await client.post(path, json=body), 422, "extension.day", f"/{name}")


@pytest.mark.usefixtures("ended")
async def test_printed_end_and_present_end_are_two_fields_wherever_they_stand(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    await extend(client)
    clock.advance(days=20)
    await scan_due_notices(database, clock, settings)
    await feed.sequence_entries(database, clock, settings)
    certificate_id = await identity(database, FIRST)
    question = {"number": FIRST, "issued_on": "2026-03-02"}
    entries = (await client.get("/v1/registry/feed")).json()["items"]
    answers: list[dict[str, Any]] = [
        (await client.get(f"/v1/certificates/{certificate_id}")).json(),
        (await client.get("/v1/certificates")).json()["items"][0],
        (await verdict(client))["certificate"],
        (await client.get("/v1/renewal-info", params=question)).json(),
        json.loads(entries[-1]["content"]),
    ]
    published = await events(database)
    assert [item["type"] for item in published][1:] == ["changed", "renewal_due"]
    for place in (*answers, *published[1:]):
        assert (place["valid_until"], place["ends_on"]) == (PRINTED, EXTENDED), place
    (snapshot,) = await rows(database, "SELECT valid_until, ends_on FROM certificate")
    assert [str(day) for day in snapshot] == [PRINTED, EXTENDED]
