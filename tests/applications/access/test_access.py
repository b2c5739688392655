"""Whose application it is: own ones only, by scope and tenancy; every route states who may call."""

from collections import Counter
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from joserfc.jwk import ECKey

from services.applications.main import create
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.principal import Scope
from shared.web.app import create_app
from shared.web.guards import (
    Allow,
    AllowPage,
    AllowWrites,
    Public,
    list_route_access,
)
from shared.web.resources import Resources
from tests import tokens
from tests.applications import people
from tests.applications.statements import recording_statements
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving

Guard = Allow | Public
SOME_ID = "6f2a0f3c-3a58-4b3e-9d57-0f6f6f0c1a01"


@pytest.fixture
def app(settings: ApplicationsSettings, clock: ManualClock) -> FastAPI:
    return create(settings, clock)


def addresses(app: FastAPI) -> list[tuple[str, str, Guard]]:
    """Every method and path, with what guards it."""
    guarded_routes = []
    for route in list_route_access(app):
        path = route.path
        for name in ("application_id", "document_id", "appeal_id"):
            path = path.replace("{" + name + "}", SOME_ID)
        path = path.replace("{dead_id}", "1").replace("{ticket}", "x").replace("{action}", "review")
        guarded_routes += [(method, path, route.guards[0]) for method in sorted(route.methods)]
    return guarded_routes


def test_a_service_with_a_route_that_says_nothing_does_not_start(
    settings: ApplicationsSettings,
) -> None:
    silent = APIRouter()
    silent.add_api_route("/secrets", lambda: None)
    with pytest.raises(RuntimeError, match="/secrets"):
        create_app(Resources.open(settings), [silent], summary="")


async def test_nobody_gets_in_without_a_token_or_with_one_that_may_nothing(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    guard_counts: Counter[type] = Counter()
    for method, path, guard in addresses(app):
        guard_counts[type(guard)] += 1
        stranger = {"Authorization": "", "Sec-Fetch-Site": "same-origin"}
        anonymous_response = await client.request(method, path, headers=stranger)
        if isinstance(guard, Public) or (isinstance(guard, AllowWrites) and method == "GET"):
            assert anonymous_response.status_code not in (401, 403), (method, path)
            continue
        if isinstance(guard, AllowPage):
            assert anonymous_response.status_code == 401, (method, path)
            assert "/sign-in/start?" in anonymous_response.text
            weak = {"Authorization": "", **tokens.browser()}
            assert (await client.request(method, path, headers=weak)).status_code == 403
            continue
        assert_problem(anonymous_response, 401, "auth.missing")
        assert anonymous_response.headers["WWW-Authenticate"] == 'Bearer realm="attesta"'
        refusal = await client.request(method, path, headers=tokens.bearer())
        assert_problem(refusal, 403, "auth.scope")
    assert sum(guard_counts.values()) - guard_counts[Public] > 50


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.test"},
        {"aud": "another"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"sub": None},
        {"centre": ["78.041"]},
        {"key": ECKey.generate_key("P-256", {"kid": "tests"})},
        {"key": ECKey.generate_key("P-256", {"kid": "unknown"})},
    ],
)
async def test_a_token_that_is_not_ours_is_refused(
    client: httpx.AsyncClient, claims: dict[str, Any]
) -> None:
    full_claims = {"centre": tokens.CENTRE, **claims}
    answer = await client.get(
        "/v1/applications",
        headers={"Authorization": f"Bearer {tokens.token(*Scope, **full_claims)}"},
    )
    assert_problem(answer, 401, "auth.token")


@pytest.mark.parametrize("token", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
async def test_what_is_no_token_is_refused(client: httpx.AsyncClient, token: str) -> None:
    answer = await client.get("/v1/applications", headers={"Authorization": f"Bearer {token}"})
    assert_problem(answer, 401, "auth.token")


async def test_each_sees_their_own(client: httpx.AsyncClient) -> None:
    anna = tokens.bearer(Scope.APPLY, subject="anna")
    boris = tokens.bearer(Scope.APPLY, subject="boris")
    response = await client.post("/v1/applications", json=people.form(), headers=anna)
    assert response.status_code == 201, response.text
    path = f"/v1/applications/{response.json()['id']}"
    council = tokens.bearer(Scope.DECIDE, council=tokens.COUNCIL)
    for reader, status in (
        (anna, 200),
        (boris, 404),
        (tokens.bearer(Scope.PROCESS, centre=tokens.CENTRE), 200),
        (tokens.bearer(Scope.PROCESS, centre="77.001"), 404),
        (tokens.bearer(Scope.PROCESS), 404),
        (council, 200),
        (tokens.bearer(Scope.DECIDE, council="Другой совет"), 404),
        (tokens.bearer(Scope.OPERATE), 200),
        (tokens.bearer(Scope.REFER, employer=tokens.EMPLOYER), 403),
    ):
        answer = await client.get(path, headers=reader)
        assert answer.status_code == status, (reader, answer.text)
        list_response = await client.get("/v1/applications", headers=reader)
        if list_response.status_code == 200:
            assert len(list_response.json()["items"]) == (status == 200)
    assert (await client.get(path, headers=anna)).json()["identity_document"]["number"] == "345678"
    assert (await client.get(path, headers=council)).json()["identity_document"] is None
    withdrawal = await client.post(f"{path}/withdraw", headers=boris)
    assert_problem(withdrawal, 404, "application.unknown")
    decision_response = await client.post(f"{path}/decide", json=people.decision(), headers=anna)
    assert_problem(decision_response, 403, "auth.scope")


async def test_a_centre_takes_applications_to_itself_only(client: httpx.AsyncClient) -> None:
    centre = tokens.bearer(Scope.PROCESS, centre="77.001")
    answer = await client.post("/v1/applications", json=people.form(), headers=centre)
    assert_problem(answer, 403, "auth.centre", "/centre/number")


async def test_an_employer_learns_what_the_contract_allows(
    client: httpx.AsyncClient,
) -> None:
    employer = tokens.bearer(Scope.REFER, employer=tokens.EMPLOYER)
    stranger = tokens.bearer(Scope.REFER, employer="7700000000")
    for is_shared in (True, False):
        payer = {
            "kind": "employer",
            "name": "ООО «Связь»",
            "registration_number": tokens.EMPLOYER,
            "result_shared_with_employer": is_shared,
        }
        response = await client.post("/v1/applications", json=people.form(payer=payer))
        assert response.status_code == 201, response.text
    items = (await client.get("/v1/referrals", headers=employer)).json()["items"]
    second, first = sorted(items, key=lambda item: bool(item["result_shared_with_employer"]))
    assert {first["number"], second["number"]} == {"26-000001", "26-000002"}
    assert (first["result_shared_with_employer"], first["status"]) == (True, "submitted")
    assert (second["result_shared_with_employer"], second["status"]) == (False, None)
    assert (await client.get("/v1/referrals", headers=stranger)).json()["items"] == []
    nameless = await client.get("/v1/referrals", headers=tokens.bearer(Scope.REFER))
    assert_problem(nameless, 403, "auth.employer")


@pytest.mark.usefixtures("client")
async def test_a_page_of_referrals_takes_as_many_statements_as_half_of_it(
    app: FastAPI,
) -> None:
    payer = {"kind": "employer", "name": "ООО «Связь»", "registration_number": tokens.EMPLOYER}
    employer = tokens.bearer(Scope.REFER, employer=tokens.EMPLOYER)
    statement_counts = []
    async with serving(app) as client:
        for _ in range(2):
            for _ in range(2):
                response = await client.post("/v1/applications", json=people.form(payer=payer))
                assert response.status_code == 201, response.text
            with recording_statements(app.state.resources.database, "SELECT") as statements:
                answer = await client.get("/v1/referrals", headers=employer)
            assert answer.status_code == 200
            statement_counts.append(len(statements))
    assert statement_counts[0] == statement_counts[1]


async def test_who_looked_is_noted_and_told_to_the_person(
    client: httpx.AsyncClient, database: Database
) -> None:
    anna = tokens.bearer(Scope.APPLY, subject="anna")
    clerk = tokens.bearer(Scope.PROCESS, subject="clerk", centre=tokens.CENTRE)
    stranger = tokens.bearer(Scope.PROCESS, subject="stranger", centre="77.001")
    response = await client.post("/v1/applications", json=people.form(), headers=anna)
    path = f"/v1/applications/{response.json()['id']}"
    for headers in (clerk, stranger):
        await client.get(path, headers=headers)
    await client.get(f"{path}/history", headers=clerk)
    place = (await people.attach_document(client, response.json()["id"], "training")).headers[
        "Location"
    ]
    await client.post(f"{place}/download-links", headers=clerk)
    personal_data = (await client.get(f"{path}/personal-data", headers=anna)).json()
    application_path = "/v1/applications/{application_id}"
    assert [
        (entry["subject"], entry["scope"], entry["resource"])
        for entry in personal_data["disclosures"]
    ] == [
        ("clerk", "applications:process", application_path),
        ("clerk", "applications:process", f"{application_path}/history"),
        (
            "clerk",
            "applications:process",
            f"{application_path}/documents/{{document_id}}/download-links",
        ),
        ("anna", "applications:apply", f"{application_path}/personal-data"),
    ]
    assert len(await people.fetch_rows(database, "SELECT * FROM disclosure")) == 4
