"""The steps of a procedure as data: who may take each, with which body, what it runs.

A service lists its steps once; `add_step_routes` makes a typed route of each, and pages with forms
run the same entries, so that a form can do what its route does, and nothing else.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter, Signature, signature
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from shared.principal import Principal, Scope
from shared.web.context import CommandRequest, RequestContext
from shared.web.guards import Allow
from shared.web.problem_documents import problem_responses


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a procedure.

    `run` is a command `(context, target, body)`, or `(context, target)` where there is no body;
    its name becomes the operation's. A body that may be left out must have defaults only.
    """

    run: Callable[..., Awaitable[Any]]
    scopes: Sequence[Scope]
    summary: str
    description: str
    body: type[BaseModel] | None = None
    body_optional: bool = False


@dataclass(frozen=True, slots=True)
class StepTarget:
    """What a step is taken on: the route's parameter for it.

    `annotation` is the type of a parameter in the path, or `Annotated[..., Depends(...)]`.
    """

    name: str
    annotation: Any


Answer = Callable[[Any, RequestContext, Principal], Awaitable[Any]]
"""Answers with what the command returned; the annotation of its result is the response model."""


def add_step_routes(
    router: APIRouter,
    steps: Mapping[str, Step],
    target: StepTarget,
    answer: Answer,
    *,
    guard: Callable[..., Allow] = Allow,
    path: str = "/{step}",
) -> None:
    """Adds a POST route for each step, at `path` with the step's key in place of `{step}`.

    `guard` makes the guard of the route out of the step's scopes.
    """
    for key, step in steps.items():
        router.add_api_route(
            path.replace("{step}", key),
            _build_endpoint(step, target, answer, guard(*step.scopes)),
            methods=["POST"],
            name=step.run.__name__,
            summary=step.summary,
            description=step.description,
            responses=problem_responses(404, 409, 412),
        )


def acting_subject(body: BaseModel | None, caller: Principal) -> str:
    """Who acts, for histories: whom the body names as its `actor`, or else the caller."""
    named_actor: str | None = getattr(body, "actor", None)
    return named_actor or caller.subject


def _build_endpoint(
    step: Step, target: StepTarget, answer: Answer, guard: Allow
) -> Callable[..., Awaitable[Any]]:
    async def take_step(
        *,
        caller: Principal,
        request_context: RequestContext,
        body: BaseModel | None = None,
        **path_arguments: Any,
    ) -> Any:
        if body is None and step.body is not None:
            body = step.body()
        context = request_context.command_context(acting_subject(body, caller), caller.subject)
        arguments = [path_arguments[target.name], *([] if body is None else [body])]
        return await answer(await step.run(context, *arguments), request_context, caller)

    take_step.__name__ = step.run.__name__
    vars(take_step)["__signature__"] = _build_signature(step, target, answer, guard)
    return take_step


def _build_signature(step: Step, target: StepTarget, answer: Answer, guard: Allow) -> Signature:
    """The signature that FastAPI reads, and resolves in its order: the guard comes first."""
    annotations: dict[str, Any] = {
        "caller": Annotated[Principal, Depends(guard)],
        target.name: target.annotation,
        "request_context": CommandRequest,
    }
    parameters = [
        Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation)
        for name, annotation in annotations.items()
    ]
    if step.body is not None:
        annotation: Any = step.body | None if step.body_optional else step.body
        default = None if step.body_optional else Parameter.empty
        parameters.append(
            Parameter("body", Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
        )
    return Signature(parameters, return_annotation=signature(answer).return_annotation)
