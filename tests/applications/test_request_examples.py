"""The examples of the OpenAPI document are bodies that the service takes, by its own rules."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from services.applications.main import create
from services.applications.settings import ApplicationsSettings
from shared.schemas import RequestBody
from shared.web.openapi import build_document
from tests import tokens


def _list_bodies(base: type[RequestBody]) -> Iterator[type[RequestBody]]:
    for body in base.__subclasses__():
        if body.__module__.startswith("services.applications."):
            yield body
        yield from _list_bodies(body)


@pytest.fixture(scope="module")
def schemas() -> dict[str, dict[str, object]]:
    tokens.publish_keys()
    app = create(ApplicationsSettings(database_url=SecretStr("postgresql:///nobody-connects")))
    document = build_document(app, app.state.resources.settings)
    documented_schemas: dict[str, dict[str, object]] = document["components"]["schemas"]
    return documented_schemas


def test_examples_of_bodies_are_taken(schemas: dict[str, dict[str, object]]) -> None:
    bodies = [body for body in _list_bodies(RequestBody) if body.__name__ in schemas]
    assert len(bodies) > 20
    for body in bodies:
        examples = schemas[body.__name__]["examples"]
        assert isinstance(examples, list)
        assert examples, body
        for example in examples:
            body.model_validate(example)
