"""A newer certificate beside an older one: what is said of the older, and when it is taken back."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.scan import scan_due_notices
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import rows
from tests.certificates.changes.test_changes import (
    ANNULMENT,
    EXTENSION,
    FIRST,
    events,
    identity,
    issue,
    verdict,
)
from tests.clock import ManualClock
from tests.serving import serving

SECOND, THIRD = "07.01000.00.00000002.31", "07.01000.00.00000003.31"
RENEWED_ON = "2028-11-26"


@pytest.fixture
async def strict_client(
    settings: CertificatesSettings, clock: ManualClock
) -> AsyncIterator[httpx.AsyncClient]:
    """The service where a newer certificate ends the older one."""
    strict_settings = settings.model_copy(update={"supersession_ends": True})
    async with serving(create(strict_settings, clock)) as client:
        yield client


async def renew(consumer: Consumer, clock: ManualClock, count: int = 1) -> None:
    """Issues the first certificate, and 1000 days later so many that follow it."""
    await issue(consumer, clock)
    clock.advance(days=1000)
    for _ in range(count):
        await issue(consumer, clock, recertifies=FIRST)


async def annul(client: httpx.AsyncClient, database: Database, number: str) -> None:
    path = f"/v1/certificates/{await identity(database, number)}/annul"
    answer = await client.post(path, json=ANNULMENT)
    assert answer.status_code == 200, answer.text


def standing(answer: dict[str, Any]) -> tuple[str, bool, str | None]:
    return answer["verdict"], answer["valid"], answer["successor"]


async def list_kinds(client: httpx.AsyncClient, database: Database) -> list[tuple[str, str]]:
    path = f"/v1/certificates/{await identity(database, FIRST)}/changes"
    changes = (await client.get(path)).json()["items"]
    return [(change["kind"], change["successor"]) for change in changes]


async def test_who_confirms_again_has_two_valid_certificates_and_the_older_names_the_newer(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    await renew(consumer, clock)
    answer = await verdict(client)
    assert standing(answer) == ("valid", True, SECOND)
    assert answer["explanation"] == (
        "The certificate is valid through 2\u00a0March\u00a02029. "
        f"Its holder has a newer certificate: {SECOND}."
    )
    assert standing(await verdict(client, on="2026-05-05")) == ("valid", True, None)
    clock.advance(days=90)
    assert standing(await verdict(client)) == ("expiring", True, SECOND)
    clock.advance(days=10)
    assert standing(await verdict(client)) == ("expired", False, SECOND)
    (change_event,) = [item for item in await events(database) if item["type"] == "changed"]
    assert (change_event["kind"], change_event["effective_on"]) == ("superseded", RENEWED_ON)


async def test_where_the_settings_say_so_the_newer_ends_the_older_until_it_is_annulled(
    strict_client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    await renew(consumer, clock)
    assert standing(await verdict(strict_client)) == ("superseded", False, SECOND)
    await annul(strict_client, database, SECOND)
    assert standing(await verdict(strict_client)) == ("valid", True, None)


async def test_an_annulled_successor_never_took_the_place_but_was_held_to_have_taken_it(
    client: httpx.AsyncClient,
    strict_client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
) -> None:
    await renew(consumer, clock)
    clock.advance(days=10)
    await annul(client, database, SECOND)
    assert standing(await verdict(client)) == ("expiring", True, None)
    assert await list_kinds(client, database) == [("superseded", SECOND), ("restored", SECOND)]
    then = await verdict(strict_client, on=RENEWED_ON)
    assert (then["verdict"], then["known_at_the_time"]) == ("valid", "superseded")
    changes = [
        (item["kind"], item["number"], item["successor"])
        for item in await events(database)
        if item["type"] == "changed"
    ]
    assert changes == [
        ("superseded", FIRST, SECOND),
        ("annulled", SECOND, None),
        ("restored", FIRST, SECOND),
    ]
    entered = await rows(database, "SELECT event FROM feed_entry ORDER BY id")
    assert [row.event for row in entered] == [
        *("issued", "issued", "superseded", "annulled", "restored")
    ]


async def test_with_two_successors_the_one_that_was_not_annulled_is_named(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    await renew(consumer, clock, count=2)
    assert (await verdict(client))["successor"] == THIRD
    await annul(client, database, THIRD)
    assert (await verdict(client))["successor"] == SECOND
    last_changes = (await list_kinds(client, database))[-2:]
    assert last_changes == [("restored", THIRD), ("superseded", SECOND)]
    await annul(client, database, SECOND)
    assert standing(await verdict(client)) == ("valid", True, None)


async def test_who_holds_the_successors_successor_has_a_newer_certificate_still(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
) -> None:
    await renew(consumer, clock)  # 96 days before the end
    clock.advance(days=10)
    await issue(consumer, clock, recertifies=SECOND)
    await annul(client, database, SECOND)
    assert standing(await verdict(client)) == ("expiring", True, THIRD)
    assert standing(await verdict(client, on="2028-12-05")) == ("expiring", True, None)
    assert await scan_due_notices(database, clock, settings) == 0, "it has been renewed"
    await annul(client, database, THIRD)
    assert standing(await verdict(client)) == ("expiring", True, None)
    assert await list_kinds(client, database) == [
        *(("superseded", SECOND), ("restored", SECOND)),
        *(("superseded", THIRD), ("restored", THIRD)),
    ]
    assert await scan_due_notices(database, clock, settings) == 1


async def test_an_annulled_certificate_is_not_restored_with_its_successor(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    await renew(consumer, clock)
    await annul(client, database, FIRST)
    await annul(client, database, SECOND)
    assert standing(await verdict(client)) == ("annulled", False, None)
    assert [kind for kind, _ in await list_kinds(client, database)] == ["superseded", "annulled"]


async def test_what_was_renewed_is_told_of_its_end_again_once_the_successor_is_annulled(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
) -> None:
    await renew(consumer, clock)  # 96 days before the end
    assert await scan_due_notices(database, clock, settings) == 0, "it has been renewed"
    clock.advance(days=10)
    await annul(client, database, SECOND)
    assert await scan_due_notices(database, clock, settings) == 1
    (notice,) = [item for item in await events(database) if item["type"] == "renewal_due"]
    assert (notice["number"], notice["threshold_days"]) == (FIRST, 90)
    clock.advance(days=60)
    assert await scan_due_notices(database, clock, settings) == 1


async def test_what_was_renewed_is_extended_like_any_other_while_it_is_valid(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    await renew(consumer, clock)
    answer = await client.post("/v1/extensions", json={**EXTENSION, "count": 1})
    assert answer.status_code == 200, answer.text
    clock.advance(days=120)
    assert standing(await verdict(client)) == ("valid", True, SECOND)
    lost = {"ground": "loss", "basis": "Заявление", "applied_on": "2029-03-26"}
    path = f"/v1/certificates/{await identity(database, FIRST)}/duplicates"
    assert (await client.post(path, json=lost)).status_code == 201
