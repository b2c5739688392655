"""No page of the catalogue shows a code or a sentence of the other language, in any state."""

import re

import httpx
import pytest

from shared.principal import Scope
from tests import tokens
from tests.catalog.council_table.council_tables import reviewed
from tests.catalog.qualifications import draft, get_body, publish, revise
from tests.words import list_codes, list_foreign_sentences

HOSTILE = "<script>alert(1)</script>\"'><img src=x>"
NAMES = {"wcag", "aa", "javascript", "axe", "cookie"}
"""What both languages call by its own name."""
ADDRESSES = (
    "",
    "/about",
    "/qualifications",
    "/qualifications?text=000",
    "/qualifications?level=5&area=07&standard=07.010&council={council}&on=2026-03-02",
    "/qualifications?level=99&area=7&standard=x&on=31.02.2026&page=0",
    "/qualifications?on=2020-01-01",
    "/qualifications/{id}",
    "/qualifications/{id}?on=2020-01-01",
    "/qualifications/{id}?on=31.02.2026",
    "/qualifications/{id}/versions/1",
    "/qualifications/{id}/versions/2",
    "/qualifications/{id}/versions/2/differences",
    "/qualifications/{id}/versions/1/differences",
    "/form?council={council}",
    "/form",
    "/form?level=9",
    "/qualifications/17",
    "/nothing/here",
)


@pytest.fixture
async def places(client: httpx.AsyncClient) -> dict[str, str]:
    """A qualification of two versions with all that a card can hold, and one of another council."""
    content = {
        **reviewed()[3],
        "job_titles": [
            {"title": "Диспетчер", "reference_book": book, "code": "11785", "grade": "4 разряд"}
            | {"title": f"Диспетчер {number}"}
            for number, book in enumerate(("etks", "eks", "okpdtr", "other"))
        ],
        "classifiers": [
            {"classifier": classifier, "code": "82.20"}
            for classifier in ("okz", "okpdtr", "okso", "okved")
        ],
        "activity_type": "Работа с обращениями",
        "special_conditions": "Нет",
    }
    first = await publish(
        client, get_body(await client.post("/v1/qualifications", json=content), 201)
    )
    changes = {**content, "validity_term": "P5Y", "level": 6, "classifiers": []}
    changes["job_titles"] = [{**content["job_titles"][0], "reference_book": "eks"}]
    changes["completed_by_publisher"] = [{"column": "validity_term", "reason": "Решение № 3"}]
    changes["requirements"] = {"rule": "document", "kind": "education", "title": "Диплом"}
    second = get_body(await revise(client, first, **changes), 201)
    await publish(client, second, "2026-04-01")
    await publish(client, await draft(client, council="Второй совет", name=HOSTILE))
    office = tokens.bearer(Scope.PUBLISH, council=content["council"])
    thresholds = {"thresholds_days": [180, 60, 14]}
    plan_path = f"/v1/qualifications/{first['id']}/notice-plan"
    get_body(await client.put(plan_path, json=thresholds, headers=office))
    return {"id": first["id"], "council": content["council"], "name": content["name"]}


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_no_page_shows_a_code_or_a_foreign_sentence(
    client: httpx.AsyncClient, places: dict[str, str], language: str
) -> None:
    # A title and a description cannot be marked as Russian in parts.
    data = NAMES | set(re.findall(r"[\w-]+", f"{places['name']} {places['council']}"))
    for address in ADDRESSES:
        page = await client.get(f"/{language}{address.format(**places)}")
        assert page.status_code in {200, 404, 422}, address
        text = page.text.replace("&lt;script&gt;alert(1)&lt;/script&gt;", "")
        text = text.replace("&lt;img src=x&gt;", "")
        assert list_foreign_sentences(text, language, data) == [], address
        assert list_codes(text) == [], address
        assert "<img" not in page.text
        assert "<script>" not in page.text
