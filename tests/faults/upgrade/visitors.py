"""People at work through the gateways: whatever of theirs fails is written down."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from deploy.local import story
from deploy.local.calls import Services, StoryFailed
from deploy.local.candidates import lead_to_certificate
from tests.serving import WIRE_SECONDS

KEPT_SECONDS = 1.0
"""A connection is used again within this; gateways close it later than that."""
PAUSE_SECONDS = 0.05


@dataclass(slots=True)
class Visitors:
    """Who visits until they are sent home; `failures` are broken connections and answers of 5xx.

    `certified_ids` are the applications that got their certificates, `submitted_ids` all others.
    """

    gateways: Sequence[str]
    token: str
    qualification_id: str
    failures: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    certified_ids: list[str] = field(default_factory=list)
    submitted_ids: list[str] = field(default_factory=list)
    numbers: list[tuple[str, str]] = field(default_factory=list)
    _is_over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def visiting(self) -> Iterator[None]:
        """Through each gateway one of each kind; all end what they began."""
        works = (self._certify, self._certify, self._apply, self._verify, self._check_list)
        threads = [
            threading.Thread(target=self._work, args=[work, gateway])
            for gateway in self.gateways
            for work in works
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            for thread in threads:
                thread.join()

    def wait_for_certificates(self, count: int) -> None:
        """Returns when so many people more have gone the whole road. Raises `AssertionError`."""
        aim, deadline = len(self.certified_ids) + count, time.monotonic() + 10 * WIRE_SECONDS
        while len(self.certified_ids) < aim:
            assert not self.failures, self.failures
            assert time.monotonic() < deadline, f"certificates: {len(self.certified_ids)} of {aim}"
            time.sleep(PAUSE_SECONDS)

    def _work(self, work: Callable[[Services], None], gateway: str) -> None:
        with ExitStack() as ending:
            client = ending.enter_context(self._open_client(gateway))
            services = Services(client, client, client)
            while not self._is_over.is_set():
                try:
                    work(services)
                except StoryFailed as failure:
                    self.failures.append(str(failure))

    def _open_client(self, gateway: str) -> httpx.Client:
        transport = _WatchedTransport(self.failures, self.answers)
        return httpx.Client(
            base_url=gateway,
            transport=transport,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=WIRE_SECONDS,
        )

    def _apply(self, services: Services) -> None:
        application = story.submit_application(services, self.qualification_id, "Пётр", "Зайцев")
        self.submitted_ids.append(str(application["id"]))
        time.sleep(5 * PAUSE_SECONDS)

    def _certify(self, services: Services) -> None:
        application_id, certificate = lead_to_certificate(services, self.qualification_id)
        self.numbers.append((certificate["number"], certificate["issued_on"]))
        self.certified_ids.append(application_id)

    def _verify(self, services: Services) -> None:
        """As the public does: one after another, and the page of the same."""
        time.sleep(PAUSE_SECONDS)
        for number, issued_on in self.numbers[-1:]:
            answer = story.verify_certificate(services, number, issued_on)
            if answer["verdict"] != "valid":
                self.failures.append(f"verified: {answer}")
            services.certificates.get("/ru/verify")

    def _check_list(self, services: Services) -> None:
        """As a portal of a personnel office does: its list at once."""
        time.sleep(PAUSE_SECONDS)
        if rows := [{"number": number, "issued_on": day} for number, day in self.numbers[-50:]]:
            answer = services.certificates.post("/v1/verification/many", json=rows)
            if answer.status_code != httpx.codes.OK:
                self.failures.append(f"a list: {answer.status_code} {answer.text[:200]}")


class _WatchedTransport(httpx.HTTPTransport):
    """Writes down what fails, before anybody sends it again."""

    def __init__(self, failures: list[str], answers: Counter[str]) -> None:
        super().__init__(limits=httpx.Limits(keepalive_expiry=KEPT_SECONDS))
        self._failures, self._answers = failures, answers

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends the request. Raises `httpx.TransportError`."""
        route = f"{datetime.now(UTC):%X} {request.method} {request.url}"
        try:
            response = super().handle_request(request)
            response.read()
        except httpx.TransportError as error:
            self._failures.append(f"{route}: {type(error).__name__}: {error}")
            raise
        self._answers[f"{request.method} {response.status_code}"] += 1
        if response.is_server_error:
            self._failures.append(f"{route}: {response.status_code} {response.text[:300]}")
        return response
