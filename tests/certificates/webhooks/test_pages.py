"""The pages of a roster's addresses, as a portal's people use them: without a script."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from services.certificates.webhooks.sending import WebhookSender
from shared.db import Database
from shared.principal import Scope
from shared.web.sessions import SESSION_COOKIE
from tests import tokens
from tests.certificates.rosters.portal import portal, subscribe
from tests.certificates.webhooks.portals import (
    PortalServer,
    activate,
    enter_endpoint,
    number_events,
)
from tests.clock import ManualClock
from tests.receivers import answering
from tests.serving import serving
from tests.sign_in import SAME_ORIGIN


def signed_in(employer: str = tokens.EMPLOYER, *scopes: Scope) -> dict[str, str]:
    return tokens.browser(*(scopes or (Scope.WATCH,)), employer=employer)


@pytest.fixture
async def browser(
    settings: CertificatesSettings, clock: ManualClock
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody of the employer, signed in."""
    async with serving(create(settings, clock), headers=signed_in()) as browser:
        yield browser


@pytest.fixture
async def path(client: httpx.AsyncClient) -> str:
    """The address of a subscription."""
    return await subscribe(client)


async def send(browser: httpx.AsyncClient, address: str, **fields: str) -> httpx.Response:
    """Sends a form, and follows to the page that comes."""
    answer = await browser.post(address, data=fields)
    assert answer.status_code == 303, answer.text
    return await browser.get(answer.headers["location"])


def page_of(path: str, language: str = "ru") -> str:
    return f"/{language}/rosters/{path.rpartition('/')[2]}/endpoints"


async def press(browser: httpx.AsyncClient, sender: WebhookSender, address: str) -> httpx.Response:
    """Presses a button while a sender runs, and follows to the page that comes."""
    asked = asyncio.ensure_future(browser.post(address))
    while not asked.done():
        await sender.send_due()
        await asyncio.sleep(0.02)
    answer = await asked
    assert answer.status_code == 303, answer.text
    return await browser.get(answer.headers["location"])


async def test_a_person_enters_verifies_and_tries_an_address(
    browser: httpx.AsyncClient, sender: WebhookSender, path: str, server: PortalServer
) -> None:
    empty = await browser.get(page_of(path))
    assert empty.status_code == 200
    assert "Адреса пока нет" in empty.text
    fields = {"url": server.url, "contact": "it@portal.example", "batch_max": "100"}
    entered = await browser.post(page_of(path), data=fields)
    assert entered.status_code == 200, entered.text
    [secret] = re.findall(r"whsec_[A-Za-z0-9+/=]+", entered.text)
    assert entered.headers["cache-control"] == "private, no-store"
    server.secrets.append(secret)
    listed = (await browser.get(page_of(path, "en"))).text
    assert secret not in listed
    [endpoint] = set(re.findall(rf"{page_of(path, 'en')}/[0-9a-f-]{{36}}", listed))
    assert "not verified" in listed
    verified = (await press(browser, sender, f"{endpoint}/verify")).text
    assert "The address is verified" in verified
    tried = (await press(browser, sender, f"{endpoint}/test")).text
    assert "The test event was accepted" in tried
    assert "test event" in tried
    server.fault = answering(500)
    failed = (await press(browser, sender, f"{endpoint}/test")).text
    assert "was not accepted: answer 500" in failed
    rotated = await browser.post(f"{endpoint}/secrets")
    assert re.findall(r"whsec_[A-Za-z0-9+/=]+", rotated.text) != [secret]
    deleted = await send(browser, f"{endpoint}/delete")
    assert "The address is deleted" in deleted.text


async def test_what_was_sent_is_shown_and_can_be_sent_again_or_passed_by(
    browser: httpx.AsyncClient,
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    path: str,
    server: PortalServer,
) -> None:
    endpoint = await enter_endpoint(client, path, server)
    await activate(database, endpoint)
    page = f"{page_of(path, 'en')}/{endpoint.rpartition('/')[2]}"
    for _ in range(28):
        await number_events(database, clock, settings, [path])
        await sender.send_due()
        clock.advance(seconds=1)
    shown = (await browser.get(page)).text
    assert "event no. 28" in shown
    assert "event no. 3<" not in shown
    [older] = re.findall(r'rel="next" href="([^"]+)"', shown)
    assert "event no. 3<" in (await browser.get(older.replace("&amp;", "&"))).text
    refused = await browser.post(f"{page}/replay", data={"after": "29"})
    assert refused.status_code == 422
    assert "There is no event with this number yet: the last is no. 28." in refused.text
    assert 'value="29"' in refused.text
    for text in ("x", "", "-1", "9" * 30):
        assert (await browser.post(f"{page}/replay", data={"after": text})).status_code == 422
    sent_again = await send(browser, f"{page}/replay", after="26")
    assert "being sent again" in sent_again.text
    server.fault = answering(500)
    await sender.send_due()
    failing = (await browser.get(page)).text
    assert "answer 500" in failing
    assert "Skip event no. 27" in failing
    passed = await send(browser, f"{page}/skip", sequence="27")
    assert "was skipped" in passed.text
    again = await browser.post(f"{page}/skip", data={"sequence": "27"})
    assert again.status_code == 409
    assert (await browser.post(f"{page}/skip", data={"sequence": "x"})).status_code == 303


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "http://portal.example"}, "Нужен адрес вида https"),
        ({"url": ""}, "Адрес"),
        ({"contact": "x"}, "Введите адрес электронной почты"),
        ({"batch_max": "x"}, "Сколько событий"),
    ],
)
async def test_a_refused_form_says_what_is_right_and_keeps_what_was_typed(
    browser: httpx.AsyncClient, path: str, changes: dict[str, str], words: str
) -> None:
    fields = {"url": "https://portal.example/hook", "contact": "it@portal.example"} | changes
    answer = await browser.post(page_of(path), data=fields)
    assert answer.status_code == 422
    assert words in answer.text.replace("\xa0", " ")
    for value in fields.values():
        assert value in answer.text
    other = await browser.post(page_of(path, "en"), data={**fields, "change_language": "yes"})
    assert other.status_code == 200
    assert all(value in other.text for value in fields.values())


POSTS = ("verify", "resume", "test", "replay", "skip", "secrets", "delete")


async def test_strangers_reach_nothing(
    browser: httpx.AsyncClient, client: httpx.AsyncClient, path: str, server: PortalServer
) -> None:
    endpoint = await enter_endpoint(client, path, server)
    page = f"{page_of(path)}/{endpoint.rpartition('/')[2]}"
    requests: list[tuple[str, str]] = [("GET", page_of(path)), ("GET", page)]
    requests += [("POST", page_of(path)), *(("POST", f"{page}/{act}") for act in POSTS)]
    fields = {"after": "0", "sequence": "1", "url": "https://x.example", "contact": "a@x.example"}
    for method, address in requests:
        data: dict[str, Any] = {"data": fields} if method == "POST" else {}
        for headers, status in (
            (signed_in("7700000000"), 404),
            (signed_in(tokens.EMPLOYER, Scope.VERIFY), 403),
            (tokens.browser(Scope.WATCH), 403),
            ({"Cookie": f"{SESSION_COOKIE}=x", **SAME_ORIGIN}, 401),
            ({**signed_in(), "Sec-Fetch-Site": "cross-site"}, 403 if method == "POST" else 200),
        ):
            answer = await browser.request(method, address, headers=headers, **data)
            assert answer.status_code == status, (method, address, status)
            assert answer.headers["content-type"].startswith("text/html")
    other_roster = await subscribe(client)
    foreign = f"{page_of(other_roster)}/{endpoint.rpartition('/')[2]}"
    assert (await browser.get(foreign)).status_code == 404
    assert (await browser.post(f"{foreign}/delete")).status_code == 404
    assert (await browser.get(f"{page_of(path)}/{uuid4()}")).status_code == 404
    assert (await browser.get(f"{page}?cursor=x&check=x&done=x")).status_code == 422
    assert (await browser.get(f"{page}?check={uuid4()}&done=x")).status_code == 200
    listed = await client.get(f"{path}/endpoints", headers=portal())
    assert len(listed.json()["items"]) == 1
