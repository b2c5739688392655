"""Tests keep the routes of an application for the next one, and not the application."""

import gc
import weakref
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.applications import main as applications
from services.applications.settings import ApplicationsSettings
from services.catalog import main as catalog
from services.catalog.settings import CatalogSettings
from services.certificates import main as certificates
from services.certificates.settings import CertificatesSettings
from shared.web.route_table import ContractTable
from tests.clock import ManualClock

URL = SecretStr("postgresql://nobody@nowhere/none")
SERVICES: dict[str, Callable[[], FastAPI]] = {
    "catalog": lambda: catalog.create(CatalogSettings(database_url=URL), ManualClock()),
    "applications": lambda: applications.create(
        ApplicationsSettings(database_url=URL), ManualClock()
    ),
    "certificates": lambda: certificates.create(
        CertificatesSettings(database_url=URL), ManualClock()
    ),
}


@pytest.mark.parametrize("service", SERVICES)
def test_an_application_is_let_go_when_its_test_ends(service: str) -> None:
    """The first of a service stays: what is kept of its routes is there for all that follow."""
    ContractTable(SERVICES[service]().routes)
    app = SERVICES[service]()
    ContractTable(app.routes)
    reference = weakref.ref(app)
    del app
    gc.collect()
    assert reference() is None
