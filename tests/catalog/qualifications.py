"""Steps that the catalog's tests are made of."""

from typing import Any

import httpx

Json = dict[str, Any]

DRAFT: Json = {
    "council": "Совет",
    "name": "Оператор контактного центра",
    "occupational_standard": {"code": "07.010", "title": "Специалист по обслуживанию"},
    "level": 3,
    "labour_functions": [{"code": "A/01.3", "name": "Приём обращений"}],
    "requirements": {"rule": "document", "kind": "education", "title": "Документ об образовании"},
    "validity_term": "P3Y",
}
APPROVAL: Json = {"approved_by": "Агентство", "protocol_number": "5", "protocol_date": "2026-03-01"}
TODAY = "2026-03-02"


async def draft(client: httpx.AsyncClient, **columns: Any) -> Json:
    """A new qualification's draft."""
    return get_body(await client.post("/v1/qualifications", json={**DRAFT, **columns}), 201)


async def revise(
    client: httpx.AsyncClient, version: Json, change: str = "substantive", **columns: Any
) -> httpx.Response:
    """A new version's draft."""
    body = {**DRAFT, **columns, "change": change, "change_reason": "причина"}
    return await client.post(f"/v1/qualifications/{version['id']}/versions", json=body)


async def step(
    client: httpx.AsyncClient, version: Json, name: str, body: Json | None = None, **headers: str
) -> httpx.Response:
    """One step of a version."""
    return await client.post(f"{path(version)}/{name}", json=body, headers=headers)


async def approve(client: httpx.AsyncClient, version: Json) -> Json:
    """The version after review and approval."""
    get_body(await step(client, version, "submit"))
    return get_body(await step(client, version, "approve", APPROVAL))


async def publish(client: httpx.AsyncClient, version: Json, day: str = TODAY) -> Json:
    """The version after review, approval and publication."""
    await approve(client, version)
    return get_body(await step(client, version, "publish", {"effective_from": day}))


def path(version: Json) -> str:
    """Where a version is."""
    return f"/v1/qualifications/{version['id']}/versions/{version['version']}"


def get_body(answer: httpx.Response, status: int = 200) -> Json:
    """The answer's body, after a look at its status."""
    assert answer.status_code == status, answer.text
    body: Json = answer.json()
    return body
