"""A roster as the crawl meets it: certificates in several states, events, a list with refusals."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import text

from services.certificates.rosters import jobs
from services.certificates.rosters.digests import seal_rosters
from services.certificates.rosters.sequencer import RosterSequencer
from services.certificates.settings import CertificatesSettings
from shared.clock import Clock
from shared.db import Database, execute
from shared.principal import Scope
from tests import tokens
from tests.certificates.verification.verdicts import EXTENDED, ISSUED_ON, SUSPENDED, VALID
from tests.site.hostile_text import LINE
from tests.site.served_site import ServedSite

ENDPOINT = {"url": "https://portal.example/hook", "contact": "it@portal.example", "after": 0}
_SET_STATE = text(
    "UPDATE webhook_endpoint SET state = :state, failures = 7, failing_since = :now WHERE id = :id"
)
_ADD_ATTEMPTS = text(
    """
    INSERT INTO delivery_attempt (id, started_at, target_id, kind, first, last, trace_id, outcome,
        status, failure, milliseconds)
    SELECT gen_random_uuid(), CAST(:now AS timestamptz) - n * interval '1 hour', :id,
        CASE n % 5 WHEN 0 THEN 'test' WHEN 1 THEN 'handshake' ELSE 'events' END,
        n, n + n % 2, md5(CAST(n AS text)),
        CASE n % 4 WHEN 0 THEN NULL WHEN 1 THEN 'delivered' ELSE 'broken' END,
        CASE n % 4 WHEN 1 THEN 204 ELSE NULL END,
        CASE n % 4 WHEN 2 THEN 'timeout' WHEN 3 THEN '500' ELSE NULL END, n * 100
    FROM generate_series(1, 30) AS n
    """
)
PORTAL = tokens.bearer(Scope.WATCH, subject="portal", employer=tokens.EMPLOYER)
WISH = {"name": LINE, "purpose": f"{LINE} {LINE}", "basis": LINE, "until": "2028-03-01"}


async def make_rosters(site: ServedSite) -> Mapping[str, str]:
    """The ids of a roster of the employer and of a list that was sent to it, by their names."""
    api, database = site.apis["certificates"], site.certificates_database
    settings: CertificatesSettings = site.apps["certificates"].state.resources.settings
    clock = site.certificates_clock
    creation = await api.post("/v1/subscriptions", json=WISH, headers=PORTAL)
    path = creation.headers["location"]
    for number in (VALID, SUSPENDED, EXTENDED):
        await api.post(
            f"{path}/enrolments", json={"number": number, "issued_on": ISSUED_ON}, headers=PORTAL
        )
    lines = f'{{"number": "{VALID}", "issued_on": "{ISSUED_ON}"}}\n{{}}\n'
    list_answer = await api.post(
        f"{path}/enrolment-jobs",
        content=lines,
        headers={**PORTAL, "Content-Type": "application/x-ndjson"},
    )
    await jobs.handle_next_rows(database, clock, settings)
    await RosterSequencer(database, clock, settings).run_round()
    clock.advance(days=1)
    await seal_rosters(database, clock, settings)
    clock.advance(days=-1)
    return {
        "roster": path.rpartition("/")[2],
        "list": list_answer.json()["id"],
        **await _make_endpoints(site, path),
    }


async def _make_endpoints(site: ServedSite, path: str) -> Mapping[str, str]:
    """The ids of endpoints in each state that asks for something else, by the state's name."""
    creation = await site.apis["certificates"].post("/v1/subscriptions", json=WISH, headers=PORTAL)
    names = {"other roster": creation.headers["location"].rpartition("/")[2]}
    for state in ("unverified", "failing", "paused"):
        answer = await site.apis["certificates"].post(
            f"{path}/endpoints", json=ENDPOINT, headers=PORTAL
        )
        names[state] = answer.json()["id"]
        await set_endpoint_state(
            site.certificates_database, site.certificates_clock, names[state], state
        )
    return names


async def set_endpoint_state(
    database: Database, clock: Clock, endpoint_id: str, state: str
) -> None:
    """Puts an endpoint into a state, with thirty tries of every outcome."""
    values = {"id": UUID(endpoint_id), "state": state, "now": clock.now()}
    async with database.transaction() as session:
        for statement in (_SET_STATE, _ADD_ATTEMPTS):
            await execute(session, statement, values)
