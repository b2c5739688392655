"""Routes whose work is done once, however often the same request comes (`Idempotency-Key`).

For commands that make something, and for which no id alone tells what was answered. The claim of
the key and the answer commit together with the change: whoever dies in between has done nothing.
A repetition is answered with the first answer, byte for byte.

Answers can hold personal data. So they are sealed by a key that is made of the caller's own and is
kept nowhere: only who sends it again can open them. They are deleted with the keys.
"""

import base64
import hashlib
from collections.abc import Callable, Coroutine
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any

from cryptography.fernet import Fernet
from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.datastructures import UploadFile

from shared.idempotency import claim_key, keep_answer
from shared.web.dependencies import IdempotencyKey, Transaction

KEPT_HEADERS = ("cache-control", "content-type", "location", "etag")
"""Of the first answer; the others are those of each answer."""

_CLAIM = "once_claim"


class KeptAnswer(BaseModel):
    """The answer to the first request, as a repetition gets it."""

    status: int
    headers: dict[str, str]
    content: bytes


class _FirstAnswer(Exception):
    """The request is a repetition: its answer is there."""

    def __init__(self, sealed_answer: bytes) -> None:
        super().__init__()
        self.sealed_answer = sealed_answer


async def _claim_request(request: Request, session: Transaction, key: IdempotencyKey) -> None:
    """Claims the key for this request. Raises `RuleViolation` where another request has it."""
    if key is None:
        return
    operation = f"{request.method} {request.url.path}"
    sealed_answer = await claim_key(session, operation, key, await _read_content(request))
    if sealed_answer is not None:
        raise _FirstAnswer(sealed_answer)
    setattr(request.state, _CLAIM, (session, operation, key))


class OnceRoute(APIRoute):
    """A route of `POST` that honours `Idempotency-Key`; routes of other methods are as ever."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: set[str] | list[str] | None = None,
        **declaration: Any,
    ) -> None:
        if "POST" in (methods or ()):
            endpoint = _claim_before(endpoint)
        super().__init__(path, endpoint, methods=methods, **declaration)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler that keeps an answer, or gives the one that was kept."""
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            try:
                response = await handle(request)
            except _FirstAnswer as repetition:
                return _open_answer(repetition.sealed_answer, _read_key(request))
            claim: tuple[AsyncSession, str, str] | None = getattr(request.state, _CLAIM, None)
            if claim is not None:
                session, operation, key = claim
                sealed_answer = _seal_answer(response, _read_key(request))
                await keep_answer(session, operation, key, sealed_answer)
            return response

        return handle_once


def _claim_before(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """The endpoint behind a claim of the key, which is the last of what it depends on.

    So the guards have been asked before: nobody learns from a key what they may not read, and who
    has lost a scope gets no answer that was kept.
    """

    @wraps(endpoint)
    async def answer_first_request(**arguments: Any) -> Any:
        del arguments[_CLAIM]
        return await endpoint(**arguments)

    own = signature(endpoint)
    claim = Parameter(_CLAIM, Parameter.KEYWORD_ONLY, annotation=_Claim)
    own_parameters = [
        parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in own.parameters.values()
    ]
    vars(answer_first_request)["__signature__"] = own.replace(parameters=[*own_parameters, claim])
    return answer_first_request


_Claim = Annotated[None, Depends(_claim_request, scope="function")]


def _read_key(request: Request) -> Fernet:
    """What seals the answer to this request, out of the key that its client chose."""
    client_key = request.headers.get("Idempotency-Key", "")
    digest = hashlib.sha256(f"attesta answer {client_key}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def _seal_answer(response: Response, key: Fernet) -> bytes:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    answer = KeptAnswer(
        status=response.status_code, headers=headers, content=base64.b64encode(response.body)
    )
    return key.encrypt(answer.model_dump_json().encode())


def _open_answer(sealed_answer: bytes, key: Fernet) -> Response:
    answer = KeptAnswer.model_validate_json(key.decrypt(sealed_answer))
    content = base64.b64decode(answer.content)
    return Response(content, status_code=answer.status, headers=answer.headers)


async def _read_content(request: Request) -> bytes:
    """What makes two requests the same: their queries, and their bodies, parsed where a form."""
    parts = [request.url.query.encode()]
    if request.headers.get("content-type", "").startswith("multipart/"):
        form = await request.form()
        for name, value in form.multi_items():
            parts.append(name.encode())
            if isinstance(value, UploadFile):
                parts.append(await value.read())
                await value.seek(0)
            else:
                parts.append(value.encode())
    else:
        parts.append(await request.body())
    return b"".join(b"%d:%b" % (len(part), part) for part in parts)
