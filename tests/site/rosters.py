"""A roster as the crawl meets it: certificates in several states, events, a list with refusals."""

from collections.abc import Mapping

from services.certificates.rosters import jobs
from services.certificates.rosters.digests import seal_rosters
from services.certificates.rosters.sequencer import RosterSequencer
from services.certificates.settings import CertificatesSettings
from shared.principal import Scope
from tests import tokens
from tests.certificates.verification.verdicts import EXTENDED, ISSUED_ON, SUSPENDED, VALID
from tests.site.hostile_text import LINE
from tests.site.served_site import ServedSite

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
    return {"roster": path.rpartition("/")[2], "list": list_answer.json()["id"]}
