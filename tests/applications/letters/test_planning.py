"""Which letters are planned, and why one is not sent."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.applications.letters.rules import SendingHours
from services.applications.letters.sending import LetterSender
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.applications import people
from tests.applications.letters.notices import NUMBER, Notices, apply, list_letters
from tests.clock import ManualClock
from tests.mail import MailServer

RECERTIFIED = {"number": NUMBER, "issued_on": "2023-04-02"}


async def _list_reasons(client: httpx.AsyncClient) -> list[tuple[str, str, str | None]]:
    letters = await list_letters(client)
    return [(letter["kind"], letter["state"], letter["reason"]) for letter in letters]


async def test_a_notice_plans_one_letter_however_often_it_comes(
    client: httpx.AsyncClient, notices: Notices
) -> None:
    await notices.tell_renewal_due()
    await notices.tell_renewal_due()
    (letter,) = await list_letters(client)
    assert (letter["kind"], letter["state"], letter["channel"]) == (
        *("renewal_due", "planned"),
        "email",
    )
    assert (letter["number"], letter["day"], letter["language"]) == (NUMBER, "2026-04-01", "ru")
    await notices.tell_renewal_due(7)
    await notices.tell_expired()
    assert len(await list_letters(client)) == 3


@pytest.mark.parametrize(
    ("form", "channel"),
    [
        (people.form(notify_by="phone"), "phone"),
        (people.form(notify_by="post", postal_address="Почтовая, 9"), "post"),
        (people.form(notify_by="post"), "post"),
        (people.form(notify_by=None), "email"),
        (people.applicant(email=None) | {"notify_by": None}, "post"),
    ],
)
async def test_the_holder_is_told_as_they_chose_or_as_they_can_be(
    client: httpx.AsyncClient,
    consumer: Consumer,
    clock: ManualClock,
    form: dict[str, Any],
    channel: str,
) -> None:
    notices = Notices(consumer, clock, await apply(client, **form))
    await notices.tell_renewal_due()
    (letter,) = await list_letters(client)
    assert (letter["channel"], letter["state"], letter["reason"]) == (channel, "planned", None)


@pytest.mark.parametrize("kind", ["extended", "annulled", "withdrawn"])
async def test_a_change_suppresses_what_is_true_no_longer_and_is_told(
    client: httpx.AsyncClient, notices: Notices, kind: str
) -> None:
    await notices.tell_renewal_due()
    await notices.tell_change(kind, date(2026, 10, 1))
    assert set(await _list_reasons(client)) == {
        ("renewal_due", "suppressed", kind),
        (kind, "planned", None),
    }


async def test_who_has_a_new_certificate_is_told_nothing(
    client: httpx.AsyncClient, notices: Notices
) -> None:
    await notices.tell_renewal_due()
    await notices.tell_change("superseded")
    assert await _list_reasons(client) == [("renewal_due", "suppressed", "superseded")]


@pytest.mark.parametrize("kind", ["suspended", "reinstated", "a-kind-to-come"])
async def test_other_changes_change_no_letter(
    client: httpx.AsyncClient, notices: Notices, kind: str
) -> None:
    await notices.tell_renewal_due()
    await notices.tell_change(kind)
    assert await _list_reasons(client) == [("renewal_due", "planned", None)]


async def test_who_has_applied_again_needs_no_reminder(
    client: httpx.AsyncClient, notices: Notices
) -> None:
    await apply(client, recertifies=RECERTIFIED)
    await notices.tell_renewal_due()
    await notices.tell_expired()
    assert sorted(await _list_reasons(client), key=str) == [
        ("expired", "planned", None),
        ("renewal_due", "planned", "renewal_in_hand"),
    ]


async def test_a_reminder_is_sent_when_the_application_in_hand_fails(
    client: httpx.AsyncClient,
    notices: Notices,
    clock: ManualClock,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    renewal = await apply(client, recertifies=RECERTIFIED)
    await notices.tell_renewal_due()
    await notices.tell_renewal_due(7)
    assert sorted(await _list_reasons(client)) == [
        ("renewal_due", "planned", "renewal_in_hand"),
        ("renewal_due", "suppressed", "overtaken"),
    ], "one reminder is enough"
    clock.advance(days=1)
    assert await sender.send_due_letters() == 0, "it is still in hand"
    assert (await client.post(f"/v1/applications/{renewal}/withdraw")).status_code == 200
    assert await sender.send_due_letters() == 0, "it is asked once a day"
    clock.advance(days=1)
    assert await sender.send_due_letters() == 1
    assert len(mail_server.letters) == 1


async def test_nobody_silences_a_letter_by_naming_anothers_certificate(
    client: httpx.AsyncClient, notices: Notices
) -> None:
    stranger = people.applicant(family_name="Чужая") | {"recertifies": RECERTIFIED}
    await apply(client, **stranger)
    draft = people.form(recertifies=RECERTIFIED, draft=True)
    await apply(client, **draft)
    await notices.tell_renewal_due()
    assert await _list_reasons(client) == [("renewal_due", "planned", None)]


async def test_a_certificate_whose_file_is_not_here_holds_up_nobody(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    await Notices(consumer, clock, str(uuid4())).tell_renewal_due()
    assert await list_letters(client) == []
    assert await people.fetch_rows(database, "SELECT * FROM dead_letter") == []


async def test_what_changes_after_planning_is_seen_when_it_is_to_be_sent(
    client: httpx.AsyncClient,
    consumer: Consumer,
    clock: ManualClock,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    withdrawing = await people.submit_application(client)
    await Notices(consumer, clock, withdrawing, "1").tell_renewal_due()
    await client.post(f"/v1/applications/{withdrawing}/withdraw-consent")
    renewing = await people.submit_application(client)
    await Notices(consumer, clock, renewing).tell_renewal_due()
    await apply(client, recertifies=RECERTIFIED)
    late = await people.submit_application(client)
    await Notices(consumer, clock, late, "3").tell_renewal_due(7, date(2026, 3, 1))
    await sender.send_due_letters()
    reasons = {reason for _, _, reason in await _list_reasons(client)}
    assert reasons == {"consent_withdrawn", "renewal_in_hand", "overtaken"}
    assert mail_server.letters == []


async def test_letters_wait_for_the_hours_of_sending(
    client: httpx.AsyncClient,
    notices: Notices,
    clock: ManualClock,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    clock.instant = datetime(2026, 3, 2, 21, 0, 5, tzinfo=UTC)  # just after midnight in Moscow
    await notices.tell_renewal_due()
    (letter,) = await list_letters(client)
    assert letter["due_at"] == "2026-03-03T06:00:00Z"
    assert await sender.send_due_letters() == 0
    clock.advance(hours=9)
    assert await sender.send_due_letters() == 1
    assert len(mail_server.letters) == 1


def test_the_hours_begin_and_end_with_civil_hours() -> None:
    hours = SendingHours(9, 20, ZoneInfo("Europe/Moscow"))
    for instant, moment in (
        ("2026-03-02T05:59:59+00:00", "2026-03-02T06:00:00+00:00"),
        ("2026-03-02T06:00:00+00:00", "2026-03-02T06:00:00+00:00"),
        ("2026-03-02T16:59:59+00:00", "2026-03-02T16:59:59+00:00"),
        ("2026-03-02T17:00:00+00:00", "2026-03-03T06:00:00+00:00"),
    ):
        assert hours.next_moment(datetime.fromisoformat(instant)).isoformat() == moment


def test_hours_that_end_before_they_begin_are_refused(settings: ApplicationsSettings) -> None:
    values = settings.model_dump() | {"letters_from_hour": 12, "letters_to_hour": 12}
    with pytest.raises(ValueError, match="from one hour to a later one"):
        ApplicationsSettings(**values)
