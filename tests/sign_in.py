"""Signing in as a browser does: from the site through the local issuer's page, over HTTP."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import httpx
import pytest

from deploy.local import issuer
from deploy.local.ports import HOST
from tests.ports import reserve_ports
from tests.serving import WIRE_SECONDS, listening

HIDDEN_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the site of a test and its provider are to listen."""

    site_port: int
    issuer_port: int

    @classmethod
    def reserve(cls) -> "Addresses":
        """Addresses that nobody else draws."""
        ports = reserve_ports()
        return cls(ports.gateway, ports.issuer)

    @property
    def site_url(self) -> str:
        """The site's address."""
        return f"http://{HOST}:{self.site_port}"

    @property
    def issuer(self) -> str:
        """The provider's address."""
        return f"http://{HOST}:{self.issuer_port}"

    @property
    def settings(self) -> dict[str, str]:
        """What a service's settings say of both."""
        return {
            "site_url": self.site_url,
            "auth_issuer": self.issuer,
            "auth_jwks_url": f"{self.issuer}/jwks.json",
        }


@contextmanager
def running_issuer(folder: Path, addresses: Addresses) -> Iterator[None]:
    """The local issuer with its keys in the folder, for the site of these addresses."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(issuer.FOLDER_VARIABLE, str(folder))
        environment.setenv("ATTESTA_AUTH_ISSUER", addresses.issuer)
        environment.setenv("ATTESTA_SITE_URL", addresses.site_url)
        app = issuer.create()
    with listening(app, addresses.issuer_port):
        yield


@asynccontextmanager
async def browsing(addresses: Addresses) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of its own, with its cookies, which follows no redirect by itself."""
    async with httpx.AsyncClient(
        base_url=addresses.site_url, headers=SAME_ORIGIN, timeout=WIRE_SECONDS
    ) as browser:
        yield browser


async def begin(browser: httpx.AsyncClient, next_path: str = "", language: str = "ru") -> str:
    """Goes from the link on the sign-in page; the provider's address to which it leads."""
    parameters = {"next": next_path, "language": language}
    answer = await browser.get("/sign-in/start", params=parameters)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


async def choose(browser: httpx.AsyncClient, provider_address: str, role: str) -> str:
    """Chooses a part on the provider's page; the address to which the provider leads back."""
    page = await browser.get(provider_address)
    assert page.status_code == 200, page.text
    fields = {name: unescape(value) for name, value in HIDDEN_FIELD.findall(page.text)}
    form_address = str(httpx.URL(provider_address).copy_with(query=None))
    answer = await browser.post(form_address, data={**fields, "role": role})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


async def sign_in(browser: httpx.AsyncClient, role: str, next_path: str = "") -> str:
    """Signs in for a part of the local issuer; where the person then is."""
    answer = await browser.get(await choose(browser, await begin(browser, next_path), role))
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]
