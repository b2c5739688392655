"""The receiver of the pages is short, and does what they say."""

import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.certificates.main import create
from services.certificates.rosters.digests import seal_rosters
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.principal import Scope
from tests import tokens
from tests.certificates.rosters.portal import WISH, portal
from tests.certificates.rosters.test_digests import add_events
from tests.clock import ManualClock
from tests.serving import WIRE_SECONDS, listening

RECEIVER = Path(__file__).parents[3] / "docs" / "receiver" / "receiver.py"
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@pytest.fixture
def start_receiver(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[[str, str], dict[str, Any]]]:
    """Starts the receiver of a roster at this site; what its module holds."""
    started: list[dict[str, Any]] = []

    def start(site: str, roster: str) -> dict[str, Any]:
        token = tokens.token(Scope.WATCH, employer=tokens.EMPLOYER)
        values = (site, token, roster, SECRET, str(tmp_path / "events.db"))
        monkeypatch.setenv("RECEIVER", " ".join(values))
        started.append(runpy.run_path(str(RECEIVER)))
        return started[-1]

    yield start
    for receiver in started:
        receiver["api"].close()
        receiver["db"].close()


def test_it_is_forty_lines() -> None:
    program = RECEIVER.read_text().split('"""', 2)[2]
    assert len([line for line in program.splitlines() if line.strip()]) <= 40


async def test_a_portal_that_polls_proves_that_it_has_all(
    settings: CertificatesSettings,
    database: Database,
    clock: ManualClock,
    start_receiver: Callable[[str, str], dict[str, Any]],
) -> None:
    with listening(create(settings, clock)) as site:
        async with httpx.AsyncClient(base_url=site, timeout=WIRE_SECONDS) as client:
            answer = await client.post("/v1/subscriptions", json=WISH, headers=portal())
        roster = answer.headers["location"]
        await add_events(database, clock, settings, roster, 1500)
        clock.advance(days=1)
        await seal_rosters(database, clock, settings)
        receiver = start_receiver(site, roster)
        receiver["poll"](0)
        stored = receiver["db"].execute("SELECT count(*), max(n) FROM event").fetchone()
        assert stored == (1501, 1501)
        assert receiver["prove"]("2026-03-02")
        receiver["db"].execute("DELETE FROM event WHERE n IN (7, 1200)")
        receiver["db"].execute("UPDATE event SET body = x'7b7d' WHERE n = 1500")
        assert receiver["prove"]("2026-03-02")  # what was lost or bent is fetched again
        (whole,) = receiver["db"].execute("SELECT count(*) FROM event").fetchone()
        assert whole == 1501
        receiver["db"].execute("INSERT INTO event VALUES (0, x'7b7d')")
        assert receiver["prove"]("2026-03-02")
