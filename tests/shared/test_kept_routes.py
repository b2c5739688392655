"""Tests keep the routes of an application for the next one, and not the application."""

import gc
import weakref

from deploy.clients.documents import create_applications
from shared.web.route_table import ContractTable


def test_applications_are_let_go_when_their_test_ends() -> None:
    """The first of each service stays: what is kept of its routes is there for all that follow."""
    for app in create_applications().values():
        ContractTable(app.routes)
    apps = create_applications()
    for app in apps.values():
        ContractTable(app.routes)
    references = {service: weakref.ref(app) for service, app in apps.items()}
    del app, apps
    gc.collect()
    assert [service for service, reference in references.items() if reference() is not None] == []
