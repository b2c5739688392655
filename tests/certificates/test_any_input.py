"""Any value in any place of any request is carried out or refused: never a failure."""

import httpx
from hypothesis import given

from tests.contracts.any_input import (
    REQUEST_SETTINGS,
    StrangeRequest,
    assert_answered,
    strange_requests,
)


@REQUEST_SETTINGS
@given(request=strange_requests("certificates"))
async def test_any_value_in_any_request(client: httpx.AsyncClient, request: StrangeRequest) -> None:
    assert_answered(await request.send(client))
