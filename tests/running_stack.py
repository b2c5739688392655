"""One running stack for all journeys, on ports of its own, and clients of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.calls import Services, open_services
from deploy.local.candidates import find_operator_qualification
from deploy.local.settings import BrokerKind, LocalSettings
from deploy.local.stack import Stack
from tests.ports import reserve_ports


@pytest.fixture(scope="session")
def stack(broker_kind: BrokerKind, stack_folder: Path) -> Iterator[Stack]:
    """The whole platform, started by the code that `make run` uses."""
    settings = LocalSettings(folder=stack_folder, broker=broker_kind)
    stack = Stack(settings, reserve_ports(), {"ATTESTA_CONSUMER_SESSION_SECONDS": "6"})
    stack.start()
    yield stack
    stack.stop()


@pytest.fixture(scope="session")
def services(stack: Stack) -> Iterator[Services]:
    """Clients of the stack's services."""
    with open_services(stack.base_url, stack.issue_token()) as services:
        yield services


@pytest.fixture(scope="session")
def operator(services: Services) -> str:
    """The id of the qualification of a contact centre's operator, level 3."""
    return find_operator_qualification(services)
