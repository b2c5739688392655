"""The OpenAPI document has the five real qualifications as examples, and they are true."""

from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from services.catalog.qualification.form import QualificationDraft
from services.catalog.qualification.schemas import QualificationAnswer, QualificationSummaryAnswer
from tests.catalog.council_table.council_tables import reviewed
from tests.catalog.qualifications import draft, get_body, publish

NAMES = {data["name"] for data in reviewed()}


async def test_the_examples_are_what_the_service_takes_and_answers(
    client: httpx.AsyncClient,
) -> None:
    paths = get_body(await client.get("/openapi/catalog.json"))["paths"]
    request_body = paths["/v1/qualifications"]["post"]["requestBody"]["content"]["application/json"]
    assert request_body["examples"].keys() == NAMES
    for example in request_body["examples"].values():
        QualificationDraft.model_validate(example["value"])
        assert (await client.post("/v1/qualifications", json=example["value"])).is_success
    response = paths["/v1/qualifications/{qualification_id}"]["get"]["responses"]["200"]
    content = response["content"]["application/json"]["examples"]
    assert content.keys() == NAMES
    real = await publish(client, await draft(client))
    for example in content.values():
        example_members = _with_nulls(example["value"], QualificationAnswer)
        assert (
            QualificationAnswer.model_validate(example_members).model_dump().keys() == real.keys()
        )
    page = paths["/v1/qualifications"]["get"]["responses"]["200"]["content"]["application/json"]
    (example,) = page["examples"].values()
    items = example["value"]["items"]
    assert len(items) == 5
    for item in items:
        QualificationSummaryAnswer.model_validate(_with_nulls(item, QualificationSummaryAnswer))


def _with_nulls(example_members: dict[str, Any], answer: type[BaseModel]) -> dict[str, Any]:
    """An OpenAPI document leaves out members that are null."""
    return {**dict.fromkeys(answer.model_fields), **example_members}


@pytest.mark.parametrize("member", ["openapi/catalog.json", "docs/catalog"])
async def test_the_document_is_served(client: httpx.AsyncClient, member: str) -> None:
    assert (await client.get(f"/{member}")).status_code == 200
