"""Questions about certificates are counted by who asks, not by the gateway that passes them on."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from tests.databases import Databases
from tests.deploy.conftest import RunningGateway
from tests.serving import WIRE_SECONDS, listening

QUESTION = "/v1/verification?number=07.01000.00.99999999.29&issued_on=2026-03-02"


def _settings(url: str) -> CertificatesSettings:
    return CertificatesSettings(database_url=SecretStr(url), public_rate="2/hour")


@pytest.fixture
async def certificates(databases: Databases, gateway: RunningGateway) -> AsyncIterator[None]:
    """The service behind the gateway."""
    async with databases.fresh(_settings) as settings:
        with listening(create(settings), gateway.ports.certificates):
            yield


async def _ask(gateway: RunningGateway, client_address: str, claim: str) -> int:
    transport = httpx.AsyncHTTPTransport(local_address=client_address)
    async with httpx.AsyncClient(
        transport=transport, base_url=gateway.address, timeout=WIRE_SECONDS
    ) as client:
        return (await client.get(QUESTION, headers={"X-Forwarded-For": claim})).status_code


@pytest.mark.usefixtures("certificates")
async def test_each_address_has_its_own_limit_and_claims_do_not_lift_it(
    gateway: RunningGateway,
) -> None:
    statuses = [await _ask(gateway, "127.0.0.1", f"203.0.113.{number}") for number in range(3)]
    assert statuses == [200, 200, 429]
    assert await _ask(gateway, "127.0.0.2", "127.0.0.1") == 200
