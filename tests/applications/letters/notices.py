"""Events about a certificate, and what is known of the letters that come of them."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.applications.letters.sending import LetterSender
from services.applications.settings import ApplicationsSettings
from shared.clock import Clock
from shared.db import Database
from shared.delivery.mail import MailRelay, MailSecurity
from shared.events.certificates import (
    CertificateChanged,
    CertificateExpired,
    CertificateRenewalDue,
    RenewalDays,
)
from shared.messaging.consumer import Consumer
from tests.applications import people
from tests.clock import ManualClock
from tests.mail import MailServer
from tests.serving import WIRE_SECONDS

NUMBER = "07.01000.01.00000001.29"
LAST_DAY = date(2026, 4, 1)


class Notices:
    """Tells the service of one certificate, as the certificates service would."""

    def __init__(
        self, consumer: Consumer, clock: ManualClock, application_id: str, number: str = NUMBER
    ) -> None:
        self._consumer, self._clock = consumer, clock
        self.last_day = LAST_DAY
        self.facts: dict[str, Any] = {
            "certificate_id": uuid4(),
            "number": number,
            "application_id": UUID(application_id),
            "qualification_id": people.OPERATOR,
            "qualification_version": 1,
        }

    async def tell_renewal_due(
        self,
        threshold_days: int = 30,
        last_day: date | None = None,
        window: RenewalDays | None = None,
    ) -> None:
        await self._tell(
            CertificateRenewalDue(
                **self.facts,
                valid_until=self.last_day,
                ends_on=last_day or self.last_day,
                threshold_days=threshold_days,
                noticed_on=(last_day or self.last_day) - timedelta(days=threshold_days),
                window=window,
            )
        )

    async def tell_expired(self, last_day: date | None = None) -> None:
        await self._tell(
            CertificateExpired(
                **self.facts,
                valid_until=self.last_day,
                ends_on=last_day or self.last_day,
                noticed_on=last_day or self.last_day,
            )
        )

    async def tell_change(
        self, kind: str, last_day: date | None = None, successor: str | None = None
    ) -> None:
        await self._tell(
            CertificateChanged(
                **self.facts,
                valid_until=self.last_day,
                ends_on=last_day or self.last_day,
                kind=kind,
                effective_on=self._clock.now().date(),
                successor=successor,
            )
        )

    async def _tell(self, event: Any) -> None:
        await self._consumer.handle_record(people.build_record(event, self._clock.now()))


async def apply(client: httpx.AsyncClient, **changes: Any) -> str:
    """The id of an application whose form has these changes."""
    answer = await client.post("/v1/applications", json=people.form(**changes))
    assert answer.status_code == 201, answer.text
    application_id: str = answer.json()["id"]
    return application_id


async def list_letters(client: httpx.AsyncClient, **query: str) -> list[dict[str, Any]]:
    """The letters, the oldest first."""
    answer = await client.get("/v1/letters", params=query)
    assert answer.status_code == 200, answer.text
    letters: list[dict[str, Any]] = answer.json()["items"]
    return letters[::-1]


def build_sender(
    database: Database,
    clock: Clock,
    settings: ApplicationsSettings,
    server: MailServer,
    **changes: Any,
) -> LetterSender:
    """A sender to the tests' server; `changes` are those of the relay."""
    relay = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": MailSecurity.NONE,
        "limit_seconds": WIRE_SECONDS,
        **changes,
    }
    return LetterSender(database, clock, settings, MailRelay(**relay))
