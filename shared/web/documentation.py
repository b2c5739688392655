"""The OpenAPI document, and the page that shows it, whole without any other host.

Swagger UI comes with the package `fastapi-offline`. The page may load and call this site alone, and
its script is a file: nothing that a description holds is run.
"""

import html
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from pydantic_core import to_json

from shared.errors import NotFound
from shared.web.conditional import apply_etag, content_tag
from shared.web.guards import PUBLIC
from shared.web.openapi import build_document

PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
MEDIA_TYPES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "start.js": "text/javascript",
}
"""The files of the page."""

_START = """\
const page = document.getElementById("api");
SwaggerUIBundle({
  domNode: page,
  url: page.dataset.document,
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  defaultModelsExpandDepth: 0,
});
"""


def build_documentation_routes(service: str) -> APIRouter:
    """The routes of the document and of its page, with the service's name in their addresses."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(PUBLIC)])
    document_path = f"/openapi/{service}.json"

    @router.get(document_path)
    async def get_document(request: Request, response: Response) -> Response:
        content = _render_document(request.app)
        unchanged = apply_etag(request, response, content_tag(content))
        headers = dict(response.headers)
        return unchanged or Response(content, media_type="application/json", headers=headers)

    @router.get(f"/docs/{service}")
    async def show_document() -> HTMLResponse:
        return HTMLResponse(_render_page(service, document_path), headers=PAGE_HEADERS)

    @router.get(f"/docs/{service}/{{name}}")
    async def get_page_file(name: str, request: Request, response: Response) -> Response:
        if name not in MEDIA_TYPES:
            raise NotFound("page.unknown", "There is no such file.")
        content = _read_file(name)
        unchanged = apply_etag(request, response, content_tag(content))
        headers = {**response.headers, "X-Content-Type-Options": "nosniff"}
        return unchanged or Response(content, media_type=MEDIA_TYPES[name], headers=headers)

    return router


def _render_document(app: FastAPI) -> bytes:
    """The document as bytes, made when it is first asked for."""
    content: bytes | None = getattr(app.state, "openapi_content", None)
    if content is None:
        settings = app.state.resources.settings
        content = app.state.openapi_content = to_json(build_document(app, settings))
    return content


@cache
def _read_file(name: str) -> bytes:
    if name == "start.js":
        return _START.encode()
    return (files("fastapi_offline") / "static" / name).read_bytes()


def _render_page(service: str, document_path: str) -> str:
    folder = f"/docs/{service}"
    title = html.escape(f"Attesta {service}: API")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{folder}/swagger-ui.css">
</head>
<body>
<div id="api" data-document="{document_path}"></div>
<noscript><p><a href="{document_path}">The document</a> is shown by JavaScript.</p></noscript>
<script src="{folder}/swagger-ui-bundle.js"></script>
<script src="{folder}/start.js"></script>
</body>
</html>
"""
