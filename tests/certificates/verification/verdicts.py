"""Certificates in every state that the public page tells apart."""

from typing import NamedTuple

import httpx

from services.certificates.certificate.standing import VerdictFamily
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import approval, delivery
from tests.clock import ManualClock

VALID, SUPERSEDED, ANNULLED, SUSPENDED, WITHDRAWN = (
    f"07.01000.00.{serial:08d}.29" for serial in range(1, 6)
)
EXTENDED = "07.01000.00.00000006.27"
EXPIRED = "07.01000.00.00000007.27"
SUCCESSOR = "07.01000.00.00000008.30"
UNKNOWN = "07.01000.00.99999999.29"
ISSUED_ON = "2026-03-02"
MEASURE = {"reason": "Надзор не пройден", "basis": "Решение № 8", "effective_on": "2027-03-02"}
EXTENSION = {
    "ends_from": "2027-03-02",
    "ends_to": "2027-03-02",
    "extended_by": "P2M",
    "reason": "Экзамены не проводились",
    "basis": "Решение агентства",
    "count": 1,
}


class PageState(NamedTuple):
    """A state of the page: its address below the language, and what it says first."""

    address: str
    family: VerdictFamily
    russian: str
    english: str


def answer_address(number: str, query: str = "", issued_on: str = ISSUED_ON) -> str:
    """The address of the answer about a certificate."""
    return f"/verify/{number}/{issued_on}{query}"


YES, NOT_NOW, NO, NOT_KNOWN = VerdictFamily
STATES = {
    "valid": PageState(answer_address(VALID), YES, "Действует", "Valid"),
    "valid-then": PageState(
        answer_address(VALID, "?on=2026-04-01"),
        YES,
        "Действовало 1 апреля 2026 г.",
        "Was valid on 1 April 2026",
    ),
    "expired": PageState(
        answer_address(EXPIRED),
        NO,
        "Не действует: срок истёк 2 февраля 2027 г.",
        "Not valid: expired on 2 February 2027",
    ),
    "extended": PageState(answer_address(EXTENDED), YES, "Действует", "Valid"),
    "superseded": PageState(
        answer_address(SUPERSEDED),
        YES,
        "Действует",
        "Valid",
    ),
    "annulled": PageState(
        answer_address(ANNULLED),
        NO,
        "Не действует: аннулировано 2 марта 2027 г., выдано ошибочно",
        "Not valid: annulled on 2 March 2027, issued in error",
    ),
    "annulled-then": PageState(
        answer_address(ANNULLED, "?on=2026-04-01"),
        NO,
        "Не действует: аннулировано 2 марта 2027 г., выдано ошибочно",
        "Not valid: annulled on 2 March 2027, issued in error",
    ),
    "suspended": PageState(
        answer_address(SUSPENDED),
        NOT_NOW,
        "Сейчас не действует: приостановлено с 2 марта 2027 г.",
        "Not valid now: suspended since 2 March 2027",
    ),
    "suspended-then": PageState(
        answer_address(SUSPENDED, "?on=2027-03-02"),
        NOT_NOW,
        "Не действовало 2 марта 2027 г.: приостановлено с 2 марта 2027 г.",
        "Was not valid on 2 March 2027: suspended since 2 March 2027",
    ),
    "withdrawn": PageState(
        answer_address(WITHDRAWN),
        NO,
        "Не действует: отозвано 2 марта 2027 г.",
        "Not valid: withdrawn on 2 March 2027",
    ),
    "not-yet-issued": PageState(
        answer_address(VALID, "?on=2026-03-01"),
        NOT_KNOWN,
        "Тогда ещё не выдано",
        "Not yet issued then",
    ),
    "not-found": PageState(answer_address(UNKNOWN), NOT_KNOWN, "Не найдено", "Not found"),
}
"""Every state of an answer, as of 3 March 2027, after `issue_every_state`."""


async def issue_every_state(
    consumer: Consumer, clock: ManualClock, client: httpx.AsyncClient
) -> None:
    """Issues the certificates on 2 March 2026, changes them a year later, and waits a day.

    The client's service must admit the measures of ISO/IEC 17024.
    """
    for term in (*("P3Y",) * 5, "P1Y", "P11M"):
        await consumer.handle_record(delivery(approval(validity_term=term), clock.now()))
    clock.advance(days=365)
    event = approval().model_copy(update={"recertifies": SUPERSEDED})
    await consumer.handle_record(delivery(event, clock.now()))
    certificates = (await client.get("/v1/certificates", params={"limit": 50})).json()["items"]
    ids = {certificate["number"]: certificate["id"] for certificate in certificates}
    reason = {name: MEASURE[name] for name in ("reason", "basis")}
    for number, change, body in (
        (ANNULLED, "annul", reason),
        (SUSPENDED, "suspend", MEASURE),
        (WITHDRAWN, "withdraw", MEASURE),
    ):
        answer = await client.post(f"/v1/certificates/{ids[number]}/{change}", json=body)
        assert answer.status_code == 200, answer.text
    answer = await client.post("/v1/extensions", json=EXTENSION)
    assert answer.status_code == 200, answer.text
    clock.advance(days=1)
