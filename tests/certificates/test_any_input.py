"""Any value in any place of any request is carried out or refused: never a failure."""

import httpx
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.any_input import (
    INTEGERS,
    REQUEST_SETTINGS,
    TEXTS,
    StrangeRequest,
    assert_answered,
    strange_requests,
)


@REQUEST_SETTINGS
@given(request=strange_requests("certificates"))
async def test_any_value_in_any_request(client: httpx.AsyncClient, request: StrangeRequest) -> None:
    assert_answered(await request.send(client))


FILLED = {"number": "07.01000.00.00000001.29", "issued_on": "2026-03-02", "on": "", "on-day": ""}


@REQUEST_SETTINGS
@given(name=st.sampled_from(list(FILLED)), text=TEXTS | INTEGERS.map(str))
async def test_any_text_in_a_question(client: httpx.AsyncClient, name: str, text: str) -> None:
    answer = await client.get("/ru/verify", params=FILLED | {name: text})
    assert answer.status_code in {200, 303, 404, 422}, answer.text
    assert answer.is_redirect or answer.headers["content-type"].startswith("text/html")
