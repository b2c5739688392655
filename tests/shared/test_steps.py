"""Steps as data: the route of each asks who calls first, takes its body, runs its command."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel

from shared.errors import Unauthenticated
from shared.locale.catalogues import read_languages
from shared.principal import Principal, Scope
from shared.schemas import RequestBody
from shared.web.context import ConditionalContext, RequestContext
from shared.web.error_answers import install_error_handlers
from shared.web.guards import Allow
from shared.web.steps import Step, StepTarget, add_step_routes


class NoteRequest(RequestBody):
    actor: str | None = None
    note: str = ""


class StepAnswer(BaseModel):
    target: UUID
    actor: str
    note: str | None


class Doorkeeper(Allow):
    """Lets in whoever gives a name in the header `X-Name`."""

    async def __call__(self, request: Request) -> Principal:  # type: ignore[override]
        name = request.headers.get("X-Name")
        if name is None:
            raise Unauthenticated("auth.missing", "Say who you are.")
        return Principal(name, frozenset(self.scopes))


class FakeContext:
    """Stands for the request of a process that has no database."""

    def command_context(self, actor: str, _account: str) -> str:
        return actor


async def write_note(context: str, target: UUID, body: NoteRequest) -> StepAnswer:
    return StepAnswer(target=target, actor=context, note=body.note)


async def strike_out(context: str, target: UUID) -> StepAnswer:
    return StepAnswer(target=target, actor=context, note=None)


async def _answer(result: StepAnswer, context: RequestContext, caller: Principal) -> StepAnswer:
    return result


STEPS = {
    "note": Step(
        run=write_note,
        body=NoteRequest,
        body_optional=True,
        scopes=[Scope.PROCESS],
        summary="Write",
        description="A note.",
    ),
    "strike": Step(run=strike_out, scopes=[Scope.DECIDE], summary="Strike", description="It goes."),
}


def _app() -> FastAPI:
    router = APIRouter(prefix="/things/{thing_id}")
    add_step_routes(router, STEPS, StepTarget("thing_id", UUID), _answer, guard=Doorkeeper)
    app = FastAPI()
    app.include_router(router)
    app.dependency_overrides[ConditionalContext] = FakeContext
    app.state.resources = SimpleNamespace(
        languages=read_languages(), settings=SimpleNamespace(site_url="")
    )
    install_error_handlers(app)
    return app


async def _post(path: str, body: Any = None, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.post(path, json=body, headers=headers)


async def test_a_step_runs_with_its_target_its_body_and_who_acts() -> None:
    thing_id = uuid4()
    path = f"/things/{thing_id}"
    answer = await _post(f"{path}/note", {"note": "x", "actor": "А. П."}, **{"X-Name": "anna"})
    assert answer.json() == {"target": str(thing_id), "actor": "А. П.", "note": "x"}
    answer = await _post(f"{path}/note", **{"X-Name": "anna"})
    assert answer.json() == {"target": str(thing_id), "actor": "anna", "note": ""}
    answer = await _post(f"{path}/strike", **{"X-Name": "boris"})
    assert answer.json() == {"target": str(thing_id), "actor": "boris", "note": None}


async def test_a_stranger_does_not_learn_what_there_is() -> None:
    answer = await _post("/things/no-uuid/note", {"surprise": 1})
    assert (answer.status_code, answer.json()["rule"]) == (401, "auth.missing")


def test_the_description_of_the_api_names_each_step() -> None:
    paths = _app().openapi()["paths"]
    write = paths["/things/{thing_id}/note"]["post"]
    assert write["summary"] == "Write"
    assert write["operationId"].startswith("write_note")
    assert "NoteRequest" in str(write["requestBody"])
    assert "StepAnswer" in str(write["responses"]["200"])
    assert {"404", "409", "412"} <= set(write["responses"])
    assert "requestBody" not in paths["/things/{thing_id}/strike"]["post"]
