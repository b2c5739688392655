"""Tests keep the routes of an application for the next one, and nothing else of it."""

import gc
import weakref

from deploy.clients.documents import create_applications
from shared.web.route_table import ContractTable
from tests.routes import forget_application


def test_applications_are_let_go_when_their_test_ends() -> None:
    """The first of each service stays: what is kept of its routes is there for all that follow."""
    for app in create_applications().values():
        ContractTable(app.routes)
    references: dict[str, weakref.ref[object]] = {}
    for service, app in create_applications().items():
        ContractTable(app.routes)
        references[service] = weakref.ref(app)
        references[f"{service}: engine"] = weakref.ref(
            app.state.resources.database.engine.sync_engine
        )
    del app
    forget_application()
    gc.collect()
    assert [name for name, reference in references.items() if reference() is not None] == []
