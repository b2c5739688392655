"""The page of operations of the catalog, which handles no events and so has no dead letters."""

import httpx
import pytest

from shared.principal import Scope
from tests import tokens

PATH = "/ru/operations/catalog"


@pytest.mark.parametrize("path", ["", "/set-aside"])
async def test_the_pages_are_for_operations_alone(client: httpx.AsyncClient, path: str) -> None:
    operator = {"Authorization": "", **tokens.browser(Scope.OPERATE)}
    response = await client.get(f"{PATH}{path}", headers=operator)
    assert response.status_code == 200
    assert "Необработанные события" not in response.text
    clerk = {"Authorization": "", **tokens.browser(*(set(Scope) - {Scope.OPERATE}))}
    assert (await client.get(f"{PATH}{path}", headers=clerk)).status_code == 403
    response = await client.get(f"{PATH}/dead-letters", headers=operator)
    assert response.status_code == 404
