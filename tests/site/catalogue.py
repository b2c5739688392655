"""The catalogue of the crawl: qualifications in force, to come, replaced, withdrawn, and drafts."""

from collections.abc import Mapping
from typing import Any

import httpx

from tests.catalog.council_table.council_tables import reviewed
from tests.catalog.qualifications import DRAFT, Json, draft, get_body, publish, revise
from tests.clock import ManualClock
from tests.site.hostile_text import LINE, PROSE
from tests.site.readers import CRAWLED_AT
from tests.site.served_site import ServedSite

TITLES = {
    "revised": "Будет другой",
    "replaced": "Стала другой",
    "withdrawn": "Отменена",
    "ending": "Будет отменена",
}
BODY = reviewed()[0]
HOSTILE_COLUMNS: Json = {
    "council": f"Совет {LINE}",
    "legal_requirement": PROSE[:4000],
    "additional_information": PROSE[:4000],
    "labour_functions": [{"code": "A/01.3", "name": LINE}],
}


async def fill_catalogue(site: ServedSite) -> Mapping[str, str]:
    """Publishes the qualifications; the ids, by what is special about each.

    Enough are published for a list of two pages.
    """
    client, site.clock.instant = site.apis["catalog"], ManualClock().instant
    ids: dict[str, str] = {}
    for index, body in enumerate(reviewed()):
        version = get_body(await client.post("/v1/qualifications", json=body), 201)
        ids[f"reviewed {index}"] = (await publish(client, version))["id"]
    versions = {
        name: await publish(client, await _draft(client, title)) for name, title in TITLES.items()
    }
    for name, day in (("revised", "2026-06-01"), ("replaced", "2026-03-10")):
        columns = {**BODY, "name": f"{TITLES[name]}, новая", "validity_term": "P5Y"}
        answer = await revise(client, versions[name], **columns)
        await publish(client, get_body(answer, 201), day)
    for name, day in (("withdrawn", "2026-03-12"), ("ending", "2026-09-01")):
        body = {"withdrawn_from": day, "reason": "Профстандарт отменён"}
        path = f"/v1/qualifications/{versions[name]['id']}/withdraw"
        get_body(await client.post(path, json=body))
    versions["draft"] = await _draft(client, "Ещё не видна")
    versions["scheduled"] = await publish(
        client, await _draft(client, "Ещё не действует"), "2026-08-01"
    )
    versions["hostile"] = await publish(client, await _draft(client, LINE, **HOSTILE_COLUMNS))
    for index in range(17):
        await publish(client, await _draft(client, f"{DRAFT['name']} {index:02}"))
    site.clock.instant = CRAWLED_AT
    return ids | {name: version["id"] for name, version in versions.items()}


async def _draft(client: httpx.AsyncClient, name: str, **columns: Any) -> Json:
    return await draft(client, **{**BODY, "name": name, **columns})
