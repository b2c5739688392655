"""The routes of an application, made once in a process.

FastAPI makes the handlers of every route anew for each application that includes its router: a
tenth of a second and more, many hundred times in a run. What it makes depends on the router and on
where it is included, not on the application's settings, which routes find in its state; so the
tests keep it. Routers that an application makes for itself are its own, and are not kept.
"""

from typing import Any

from fastapi import routing
from fastapi.dependencies import models
from sqlalchemy.orm.mapper import _all_registries

_KINDS_OF_CALLABLES = (
    models._is_gen_callable_cached,
    models._is_async_gen_callable_cached,
    models._is_coroutine_callable_cached,
)


def keep_routes() -> None:
    """Lets the applications of this process share what FastAPI makes of a router."""
    make = routing._IncludedRouter.effective_candidates

    def effective_candidates(included: Any) -> Any:
        version = included.original_router._get_routes_version()
        if included._effective_candidates_version != version:
            places = vars(included.original_router).setdefault("kept_by_tests", {})
            place = f"{version} {_place(included.include_context)}"
            if place not in places:
                places[place] = make(included)
            included._effective_candidates = places[place]
            included._effective_candidates_version = version
        return included._effective_candidates

    routing._IncludedRouter.effective_candidates = effective_candidates  # type: ignore[method-assign,assignment]


def forget_application() -> None:
    """Lets an application that has ended go, with its engines and their compiled statements.

    FastAPI remembers of thousands of callables of which kind they are, and so what they hold; each
    mapper of SQLAlchemy a hundred statements that write, as they were compiled for an engine.
    """
    for kind in _KINDS_OF_CALLABLES:
        kind.cache_clear()
    for mapper in (mapper for registry in _all_registries() for mapper in registry.mappers):
        mapper._compiled_cache.clear()


def _place(context: Any) -> str:
    """Where a router is included, without the application."""
    return repr(
        {
            name: getattr(value, "value", value)  # a default stands in for its value
            for name, value in vars(context).items()
            if name not in {"dependency_overrides_provider", "included_router"}
        }
    )
