"""Answers as evidence, and names that are compared without being told."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey, KeySet
from pydantic import SecretStr

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import QUESTION, rows, settings_with
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving

pytestmark = pytest.mark.usefixtures("issued_certificate")
NAME = {"family_name": "Белова", "given_name": "Анна", "patronymic": "Сергеевна"}


def _read(evidence: str, key_set: dict[str, Any]) -> dict[str, Any]:
    """What a portal learns from evidence that it kept."""
    signature = jws.deserialize_compact(evidence, KeySet.import_key_set(key_set))  # type: ignore[arg-type]
    assert signature.headers()["typ"] == "attesta-verification+jws"
    claims: dict[str, Any] = json.loads(signature.payload)
    return claims


async def test_every_answer_can_be_kept_as_evidence(
    client: httpx.AsyncClient, settings: CertificatesSettings, clock: ManualClock
) -> None:
    key_set = (await client.get("/v1/jwks.json")).json()
    assert "d" not in key_set["keys"][0], "the private part stays here"
    query = {"with_evidence": "true"}
    single = await client.get("/v1/verification", params={**QUESTION, **query})
    assert single.headers["cache-control"] == "private, no-store"
    challenge = await client.post("/v1/verification", json=QUESTION, params=query)
    unknown = {**QUESTION, "number": "07.01000.00.00000002.29"}
    many = await client.post(
        "/v1/verification/many", json=[QUESTION, unknown, {}], params={**query, "on": "2026-03-01"}
    )
    answers = [
        single.json(),
        challenge.json(),
        *(row["answer"] for row in many.json()["items"][:2]),
    ]
    for answer, question in zip(answers, (QUESTION, QUESTION, QUESTION, unknown), strict=True):
        claims = _read(answer.pop("evidence"), key_set)
        answer.pop("evidence", None)
        assert claims["question"] == question
        assert claims["verification"] == answer
        assert claims["iss"] == settings.site_url
        assert claims["iat"] == int(clock.now().timestamp())
    assert "evidence" not in (many.json()["items"][2]["answer"] or {})


async def test_what_a_retired_key_signed_stays_evidence(
    settings: CertificatesSettings, clock: ManualClock
) -> None:
    async with serving(create(settings, clock)) as client:
        query = {**QUESTION, "with_evidence": "true"}
        old_evidence = (await client.get("/v1/verification", params=query)).json()["evidence"]
    fresh = ECKey.generate_key("P-256", {"kid": "fresh", "use": "sig", "alg": "ES256"})
    private_keys = {"keys": [fresh.as_dict(private=True), tokens.STATEMENTS.as_dict(private=True)]}
    rotated = settings.model_copy(update={"signing_keys": SecretStr(json.dumps(private_keys))})
    rotated.__dict__.pop("signer", None)
    async with serving(create(rotated, clock)) as client:
        key_set = (await client.get("/v1/jwks.json")).json()
        now = (await client.get("/v1/verification", params=query)).json()["evidence"]
    assert [key["kid"] for key in key_set["keys"]] == ["fresh", "statements"]
    assert _read(old_evidence, key_set)["verification"] == _read(now, key_set)["verification"]
    assert jws.extract_compact(now.encode()).headers()["kid"] == "fresh"
    head, content, signature = old_evidence.split(".")
    altered = {**_read(old_evidence, key_set), "iss": "https://elsewhere.example"}
    forged = urlsafe_b64encode(json.dumps(altered).encode()).decode().rstrip("=")
    assert forged != content
    with pytest.raises(BadSignatureError):
        _read(f"{head}.{forged}.{signature}", key_set)


@pytest.mark.parametrize(
    ("name", "matches"),
    [
        (NAME, True),
        ({**NAME, "family_name": "БЕЛОВА", "given_name": " анна "}, True),
        ({**NAME, "family_name": "Belova", "given_name": "Anna", "patronymic": "Sergeevna"}, True),
        ({**NAME, "family_name": "Анна", "given_name": "Белова"}, True),
        ({**NAME, "patronymic": None}, None),
        ({**NAME, "given_name": "А.", "patronymic": "С."}, None),
        ({**NAME, "given_name": "Алла"}, False),
        ({**NAME, "patronymic": "Ивановна"}, False),
    ],
)
async def test_a_name_is_compared_and_never_told(
    client: httpx.AsyncClient, name: dict[str, Any], matches: bool | None
) -> None:
    answer = await client.post("/v1/verification", json={**QUESTION, "name": name})
    assert answer.status_code == 200, answer.text
    assert answer.json()["name_matches"] is matches
    assert answer.json()["valid"] is True
    for word in ("Белова", "Анна", "Сергеевна"):
        assert word not in answer.text


async def test_names_before_and_after_a_change_match(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    (row,) = await rows(database, "SELECT id FROM certificate")
    new = {"family_name": "Ёлкина-Белова", "given_name": "Анна", "patronymic": "Сергеевна"}
    question = {
        "ground": "name_change",
        "basis": "Свидетельство о браке",
        "applied_on": "2026-03-02",
        "holder": new,
    }
    duplicate = await client.post(f"/v1/certificates/{row.id}/duplicates", json=question)
    assert duplicate.status_code == 201
    for name in (NAME, new, {**new, "family_name": "Елкина Белова"}):
        answer = await client.post("/v1/verification", json={**QUESTION, "name": name})
        assert answer.json()["name_matches"] is True


async def test_a_challenge_needs_a_portal_counts_as_guessing_and_is_noted(
    settings: CertificatesSettings, database: Database, clock: ManualClock
) -> None:
    narrow = settings_with(settings, client_unknown_rate="3/hour")
    question = {**QUESTION, "name": {**NAME, "given_name": "Алла"}}
    async with serving(create(narrow, clock), {}) as client:
        assert_problem(await client.post("/v1/verification", json=question), 401, "auth.missing")
        portal = tokens.bearer(Scope.VERIFY, subject="portal")
        for _ in range(3):
            answer = await client.post("/v1/verification", json=question, headers=portal)
            assert answer.json()["name_matches"] is False
        refusal = await client.post("/v1/verification", json=question, headers=portal)
        assert_problem(refusal, 429, "limit.unknown")
    disclosures = await rows(database, "SELECT subject, resource FROM disclosure")
    assert [tuple(row) for row in disclosures] == [("portal", "name challenge")] * 3
    unknown = {**question, "number": "07.01000.00.00000002.29"}
    async with serving(create(settings, clock)) as client:
        answer = await client.post("/v1/verification", json=unknown)
        assert (answer.json()["verdict"], answer.json()["name_matches"]) == ("not_found", None)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": {"family_name": "Белова"}}, "/name/given_name"),
        ({"name": {**NAME, "family_name": ""}}, "/name/family_name"),
        ({"name": {**NAME, "birth_date": "2000-01-01"}}, "/name/birth_date"),
        ({"number": "x"}, "/number"),
        ({"on": "2026-03-03"}, "#query/on"),
    ],
)
async def test_a_malformed_challenge_is_a_problem(
    client: httpx.AsyncClient, changes: dict[str, Any], pointer: str
) -> None:
    answer = await client.post("/v1/verification", json={**QUESTION, **changes})
    assert answer.status_code == 422
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}
