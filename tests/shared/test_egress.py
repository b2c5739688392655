"""One HTTPS request to where others point: never into our network, never longer than the limit."""

import time
from collections.abc import AsyncIterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from shared.delivery.addresses import is_public
from shared.delivery.destinations import UnusableDestination, parse_destination
from shared.delivery.egress import ANSWER_BYTES, Egress, EgressAnswer, EgressFailure
from tests import tls
from tests.name_server import NameServer, serving_names
from tests.receivers import (
    Answer,
    Receiver,
    answering,
    drip,
    freeze,
    hang_up,
    receiving,
    write_garbage,
    write_without_end,
)

NAME = "hooks.portal.example"
LIMIT_SECONDS = 1.0


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "1.1.1.1", "193.0.6.139", "2a00:1450:4001:82a::200e", "2606:4700::1111"),
        *("::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"),
    ],
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.9"),
        *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1"),
        *("::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "ff0e::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1"),
        *("64:ff9b::127.0.0.1", "64:ff9b:1::1", "2002:7f00:1::1", "2002:a00:1::", "3fff::1"),
        # Teredo: of a private client behind a public server, and the other way round
        *("2001:0:808:808:0:0:f5ff:fffe", "2001:0:a00:1:0:0:f7f7:f7f7", "100::1", "5f00::1"),
    ],
)
def test_no_address_of_ours_is_public_in_any_disguise(address: str) -> None:
    assert not is_public(ip_address(address))


@given(integers(0, 2**32 - 1))
def test_what_is_public_of_ipv4_the_library_calls_global(number: int) -> None:
    address = IPv4Address(number)
    assert not is_public(address) or address.is_global
    disguises = [0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80]
    for disguise in map(IPv6Address, disguises):
        assert is_public(disguise) == is_public(address)


@given(integers(0, 2**128 - 1))
def test_what_is_public_of_ipv6_is_neither_private_nor_multicast(number: int) -> None:
    address = IPv6Address(number)
    if is_public(address):
        assert not address.is_multicast
        assert address.is_global or address.sixtofour or address.teredo or address.ipv4_mapped


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://portal.example/hook", "scheme"),
        ("ftp://portal.example/hook", "scheme"),
        ("//portal.example/hook", "scheme"),
        ("", "scheme"),
        ("https://user:word@portal.example/", "userinfo"),
        ("https://8.8.8.8@portal.example/", "userinfo"),
        ("https://portal.example:8443/", "port"),
        ("https://portal.example:22/", "port"),
        ("https://8.8.8.8/", "name"),
        ("https://[::1]/", "name"),
        ("https://2130706433/", "name"),
        ("https://0x7f.0.0.1/", "name"),
        ("https://0177.0.0.0x1/", "name"),
        ("https://localhost/", "name"),
        ("https://portal.localhost/", "name"),
        ("https://postgres/", "name"),
        ("https://portal..example/", "name"),
        ("https://-portal.example/", "name"),
        (f"https://{'a' * 64}.example/", "name"),
        (f"https://{'a.' * 130}example/", "name"),
        ("https://portal.example/#part", "fragment"),
        ("https://portal.example/a b", "form"),
        ("https://portal.example/\r\nHost: other", "form"),
        ("https://portal.example/" + "x" * 2000, "form"),
        ("https://portal.example:99999/", "port"),
        ("https://[", "name"),
    ],
)
def test_an_address_that_nothing_is_sent_to_is_refused_with_its_reason(
    text: str, reason: str
) -> None:
    with pytest.raises(UnusableDestination) as failure:
        parse_destination(text)
    assert failure.value.reason == reason


def test_an_address_is_taken_as_dns_and_http_know_it() -> None:
    destination = parse_destination("https://Кадры.Example:443/hook?key=1%202")
    assert destination.host == "xn--80aal0b4f.example" or destination.host.startswith("xn--")
    assert destination.port == 443
    assert destination.target == b"/hook?key=1%202"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture
async def names() -> AsyncIterator[NameServer]:
    async with serving_names() as server:
        server.answers[NAME] = [["127.0.0.1"]]
        yield server


@pytest.fixture
async def receiver(folder: Path) -> AsyncIterator[Receiver]:
    _, context = tls.create_certificate(folder, "receiver", NAME)
    async with receiving(context) as receiver:
        yield receiver


@pytest.fixture
def egress(names: NameServer, receiver: Receiver, folder: Path) -> Egress:
    """A way out on which this machine may be reached, for a moment."""
    return Egress(
        limit_seconds=LIMIT_SECONDS,
        allows_local=True,
        nameservers=[names.address],
        authorities=folder / "receiver.pem",
    )


async def post(egress: Egress, receiver: Receiver, host: str = NAME) -> EgressAnswer:
    destination = parse_destination(f"https://{host}:{receiver.port}/hook?a=1", allows_local=True)
    async with egress.open(destination) as line:
        return await line.post([("X-Trial", "1")], b"body")


async def fail(egress: Egress, receiver: Receiver, host: str = NAME) -> EgressFailure:
    with pytest.raises(EgressFailure) as failure:
        await post(egress, receiver, host)
    return failure.value


async def test_a_request_arrives_as_the_name_says(egress: Egress, receiver: Receiver) -> None:
    receiver.answer = answering(200, b"taken", retry_after="17")
    assert await post(egress, receiver) == EgressAnswer(200, b"taken", "17")
    [request] = receiver.requests
    assert (request.path, request.body) == ("/hook?a=1", b"body")
    assert request.headers["host"] == f"{NAME}:{receiver.port}"
    assert request.headers["x-trial"] == "1"
    assert "cookie" not in request.headers


async def test_a_certificate_of_another_name_is_refused(
    egress: Egress, receiver: Receiver, names: NameServer
) -> None:
    names.answers["other.portal.example"] = [["127.0.0.1"]]
    failure = await fail(egress, receiver, "other.portal.example")
    assert (failure.reason, failure.was_sent) == ("tls", False)
    assert not receiver.requests


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    receiver: Receiver, names: NameServer
) -> None:
    strict = Egress(limit_seconds=LIMIT_SECONDS, allows_local=True, nameservers=[names.address])
    assert (await fail(strict, receiver)).reason == "tls"
    assert not receiver.requests


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["2a00:1450::1", "::ffff:127.0.0.1"], ["::1"]],
)
async def test_a_name_with_an_address_of_ours_is_not_connected_to(
    addresses: list[str], receiver: Receiver, names: NameServer
) -> None:
    names.answers[NAME] = [addresses]
    strict = Egress(limit_seconds=LIMIT_SECONDS, nameservers=[names.address])
    failure = await fail(strict, receiver)
    assert (failure.reason, failure.was_sent) == ("address", False)
    assert receiver.connection_count == 0


async def test_this_machine_is_not_reached_by_its_own_names(
    receiver: Receiver, names: NameServer
) -> None:
    strict = Egress(limit_seconds=LIMIT_SECONDS, nameservers=[names.address])
    for host in ("portal.localhost", "localhost"):
        assert (await fail(strict, receiver, host)).reason == "address"
    assert not names.questions


async def test_a_name_that_changes_after_it_was_checked_changes_nothing(
    egress: Egress, receiver: Receiver, names: NameServer
) -> None:
    names.answers[NAME] = [["127.0.0.1"], ["127.0.0.99"]]
    destination = parse_destination(f"https://{NAME}:{receiver.port}/", allows_local=True)
    async with egress.open(destination) as line:
        assert (await line.post([], b"")).status == 204
        receiver.answer = hang_up
        with pytest.raises(EgressFailure):
            await line.post([], b"")
        receiver.answer = answering(200)
        assert (await line.post([], b"")).status == 200, "the address of the first time"
    assert names.questions == [NAME, NAME], "for both kinds of address, once"
    assert receiver.connection_count == 2


async def test_requests_of_a_line_share_a_connection(egress: Egress, receiver: Receiver) -> None:
    destination = parse_destination(f"https://{NAME}:{receiver.port}/", allows_local=True)
    async with egress.open(destination) as line:
        for _ in range(3):
            await line.post([], b"event")
    assert (len(receiver.requests), receiver.connection_count) == (3, 1)


async def test_the_next_address_of_a_name_is_tried(
    egress: Egress, receiver: Receiver, names: NameServer
) -> None:
    names.answers[NAME] = [["127.0.0.77", "127.0.0.1"]]
    assert (await post(egress, receiver)).status == 204


async def test_a_redirect_is_an_answer_and_no_more(egress: Egress, receiver: Receiver) -> None:
    receiver.answer = answering(307, location=f"https://{NAME}:{receiver.port}/inside")
    assert (await post(egress, receiver)).status == 307
    assert [request.path for request in receiver.requests] == ["/hook?a=1"]


@pytest.mark.parametrize("answer", [drip, freeze])
async def test_who_answers_slowly_costs_the_limit_and_no_more(
    answer: Answer, egress: Egress, receiver: Receiver
) -> None:
    receiver.answer = answer
    started_at = time.monotonic()
    failure = await fail(egress, receiver)
    assert (failure.reason, failure.was_sent) == ("timeout", True)
    assert time.monotonic() - started_at < 10 * LIMIT_SECONDS, "a busy machine may be late"


@pytest.mark.parametrize(("answer", "reason"), [(write_garbage, "protocol"), (hang_up, "protocol")])
async def test_what_is_no_answer_fails(
    answer: Answer, reason: str, egress: Egress, receiver: Receiver
) -> None:
    receiver.answer = answer
    failure = await fail(egress, receiver)
    assert (failure.reason, failure.was_sent) == (reason, True)


async def test_of_an_endless_answer_the_beginning_is_read(
    egress: Egress, receiver: Receiver
) -> None:
    receiver.answer = write_without_end
    started_at = time.monotonic()
    answer = await post(egress, receiver)
    assert (answer.status, len(answer.body)) == (200, ANSWER_BYTES)
    assert time.monotonic() - started_at < 10 * LIMIT_SECONDS


async def test_endless_headers_fail(egress: Egress, receiver: Receiver) -> None:
    receiver.answer = answering(200, b"", **{f"h{number}": "x" * 1000 for number in range(200)})
    assert (await fail(egress, receiver)).reason == "protocol"


async def test_a_name_that_is_unknown_or_unanswered_fails(
    egress: Egress, receiver: Receiver, names: NameServer
) -> None:
    assert (await fail(egress, receiver, "unknown.portal.example")).reason == "dns"
    names.is_silent = True
    started_at = time.monotonic()
    assert (await fail(egress, receiver)).reason in {"dns", "timeout"}
    assert time.monotonic() - started_at < 10 * LIMIT_SECONDS, "a busy machine may be late"


async def test_nobody_listening_fails(
    egress: Egress, receiver: Receiver, names: NameServer
) -> None:
    names.answers[NAME] = [["127.0.0.77"]]
    failure = await fail(egress, receiver)
    assert (failure.reason, failure.was_sent) == ("connect", False)


async def test_a_proxy_of_the_environment_is_not_known(
    egress: Egress, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent")
    assert (await post(egress, receiver)).status == 204
