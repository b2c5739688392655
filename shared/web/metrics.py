"""Metrics over HTTP: how long requests take, and the answer to scrapes."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, Histogram
from starlette.types import Scope

from shared.metrics.exposition import Exposition
from shared.metrics.registry import PROCESS_REGISTRY
from shared.web.contents import describe_file

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "other"
"""A client may invent methods, and every label is kept for as long as the process lives."""
UNKNOWN_ROUTE = "unknown"

REQUEST_SECONDS = Histogram(
    "attesta_http_request_duration_seconds",
    "How long requests took until the answer's end, by the route's template",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=PROCESS_REGISTRY,
)


def find_route_template(scope: Scope) -> str:
    """The template of the route that took the request, whole; `unknown` where none did."""
    context = scope.get("fastapi", {}).get("effective_route_context")
    return str(getattr(context or scope.get("route"), "path", UNKNOWN_ROUTE))


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    """Counts a request and its time; `route` is a template."""
    method = method if method in METHODS else OTHER_METHOD
    REQUEST_SECONDS.labels(method, route, str(status)).observe(seconds)


def build_metrics_routes(exposition: Exposition) -> APIRouter:
    """The router of `/metrics`; who includes it says who may ask."""
    router = APIRouter(tags=["operations"])

    @router.get(
        "/metrics",
        summary="Metrics, for monitoring",
        response_class=Response,
        responses={200: describe_file("text/plain")},
    )
    async def export_metrics() -> Response:
        """The metrics of this process in the text format of Prometheus."""
        return Response(await exposition.render(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return router
