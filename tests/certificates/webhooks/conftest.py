"""A sender, and portals of its own, on the service of each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.certificates.settings import CertificatesSettings
from services.certificates.webhooks.sending import WebhookSender
from shared.db import Database
from tests.certificates.conftest import certificates_settings
from tests.certificates.webhooks.portals import PortalHouse, PortalServer
from tests.clock import ManualClock
from tests.databases import Databases
from tests.name_server import NameServer, serving_names
from tests.serving import WIRE_SECONDS

# What a portal that answers in earnest may take: a busy machine is no fault of it.
PATIENT = {"webhook_limit_seconds": WIRE_SECONDS, "webhook_slow_seconds": WIRE_SECONDS}
# For tests of those that never answer: each costs so long, and no good portal needs it.
IMPATIENT = {"webhook_limit_seconds": 3.0, "webhook_slow_seconds": 2.0}
impatient = pytest.mark.parametrize("limits", [IMPATIENT])


@pytest.fixture
async def names() -> AsyncIterator[NameServer]:
    """The server of names that the sender asks."""
    async with serving_names() as server:
        yield server


@pytest.fixture(scope="session")
def tls_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where certificates of portals lie."""
    return tmp_path_factory.mktemp("portals")


@pytest.fixture
def house(tls_folder: Path, names: NameServer) -> PortalHouse:
    """Starts portals."""
    return PortalHouse(tls_folder, names)


@pytest.fixture
def limits() -> dict[str, float]:
    """How long a portal may take; `IMPATIENT` where one never answers."""
    return PATIENT


@pytest.fixture
async def settings(
    databases: Databases, names: NameServer, house: PortalHouse, limits: dict[str, float]
) -> AsyncIterator[CertificatesSettings]:
    """Settings by which portals of this machine are sent to."""
    async with databases.fresh(certificates_settings) as settings:
        yield settings.model_copy(
            update={
                "trial_site": True,
                "webhook_local": True,
                **limits,
                "webhook_nameservers": (names.address,),
                "webhook_authorities": house.authorities,
            }
        )


@pytest.fixture
def sender(database: Database, clock: ManualClock, settings: CertificatesSettings) -> WebhookSender:
    """The sender, to be run round by round."""
    return WebhookSender(database, clock, settings, settings.build_egress())


@pytest.fixture
async def server(house: PortalHouse) -> AsyncIterator[PortalServer]:
    """A portal."""
    async with house.open() as server:
        yield server
