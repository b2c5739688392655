"""Traffic: applicants who are led to their certificates, and employers who verify."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import httpx

from deploy.local import story
from deploy.local.calls import Services, StoryFailed, open_services
from deploy.local.candidates import lead_to_certificate
from deploy.local.stack import Stack
from tests.serving import WIRE_SECONDS


@dataclass(slots=True)
class Answers:
    """What clients got: the longest wait, and every status that nobody should get."""

    count: int = 0
    longest_seconds: float = 0
    longest_route: str = ""
    unavailable: int = 0
    wrong: list[str] = field(default_factory=list)
    _starts: dict[int, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def summary(self) -> str:
        """The figures in a sentence."""
        return (
            f"{self.count} answers, {self.unavailable} of them 503;"
            f" the longest took {self.longest_seconds:.1f} s ({self.longest_route})"
        )

    def watch(self, client: httpx.Client) -> None:
        """Notes what this client gets from now on."""
        client.event_hooks = {"request": [self._note_start], "response": [self._note_answer]}

    def _note_start(self, request: httpx.Request) -> None:
        request.extensions["began"] = time.monotonic()

    def _note_answer(self, response: httpx.Response) -> None:
        response.read()
        seconds = time.monotonic() - response.request.extensions["began"]
        route = f"{response.request.method} {response.request.url.path}"
        with self._lock:
            self.count += 1
            if seconds > self.longest_seconds:
                self.longest_seconds, self.longest_route = seconds, route
            if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                self.unavailable += 1
                if "retry-after" not in response.headers:
                    self.wrong.append(f"{route}: 503 without Retry-After")
            elif response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
                self.wrong.append(f"{route}: {response.status_code} {response.text[:300]}")


@dataclass(slots=True)
class Traffic:
    """People at work until they are sent home; `certified` are the applications that got theirs."""

    stack: Stack
    qualification_id: str
    answers: Answers = field(default_factory=Answers)
    certified: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _is_over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self, applicants: int) -> Iterator[None]:
        """So many applicants one behind another, and one employer; all end what they began."""
        works = [self._apply_repeatedly] * applicants + [self._verify_repeatedly]
        threads = [threading.Thread(target=self._work, args=[work]) for work in works]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            for thread in threads:
                thread.join()

    def _work(self, work: Callable[[Services], None]) -> None:
        with ExitStack() as ending:
            token = self.stack.issue_token()
            services = ending.enter_context(open_services(self.stack.base_url, token))
            for client in (services.applications, services.certificates):
                client.timeout = httpx.Timeout(WIRE_SECONDS)
                self.answers.watch(client)
            while not self._is_over.is_set():
                try:
                    work(services)
                except (StoryFailed, httpx.HTTPError) as failure:
                    self.failures.append(f"{type(failure).__name__}: {failure}")

    def _apply_repeatedly(self, services: Services) -> None:
        application_id, _ = lead_to_certificate(services, self.qualification_id)
        self.certified.append(application_id)

    def _verify_repeatedly(self, services: Services) -> None:
        if not self.certified:
            time.sleep(0.1)
            return
        (certificate,) = story.list_certificates(services, self.certified[-1])
        answer = story.verify_certificate(services, certificate["number"], certificate["issued_on"])
        if answer["verdict"] != "valid":
            self.failures.append(f"verified: {answer}")
        time.sleep(0.05)
