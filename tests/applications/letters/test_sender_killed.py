"""Schedulers that are killed while they send: every letter goes, under its own Message-ID."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from aiosmtpd.smtp import SMTP
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.settings import ApplicationsSettings
from shared.clock import civil_date
from shared.db import Database, execute
from shared.messaging.consumer import Consumer
from tests.applications import people
from tests.applications.letters.notices import Notices
from tests.applications.people import fetch_rows
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.faults.killable_processes import KillableProcesses
from tests.mail import MailServer, accept, freeze

LETTERS = 30
KILLED_AT = frozenset({3, 9, 16, 24})
"""Of how many letters the last one kills its sender, or the other."""
SCHEDULERS = 2
CONNECTIONS = 3
LONGEST_WAIT = 240.0
END_CLAIMS = "UPDATE letter SET next_attempt_at = now() WHERE state = 'sending'"
LOCK_LETTERS = "SELECT 1 FROM letter FOR UPDATE"
WAITING = (
    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)

StartSchedulers = Callable[[int], KillableProcesses]
PlanLetters = Callable[[int], Awaitable[None]]


@pytest.fixture
def start_schedulers(
    settings: ApplicationsSettings, mail_server: MailServer, tmp_path: Path
) -> StartSchedulers:
    """Starts schedulers that send to the tests' server at any hour."""
    variables = {
        "DOCUMENTS_URL": settings.documents_url,
        "SCAN_INTERVAL_SECONDS": "1",
        "LETTERS_FROM_HOUR": "0",
        "LETTERS_TO_HOUR": "24",
        "SMTP_PORT": str(mail_server.port),
        "SMTP_SECURITY": "none",
        "SMTP_CONNECTIONS": str(CONNECTIONS),
    }
    environment = {f"ATTESTA_APPLICATIONS_{name}": value for name, value in variables.items()}
    module = "services.applications.scheduler"
    return lambda count: KillableProcesses(module, count, settings, tmp_path, environment)


@pytest.fixture
async def plan_letters(
    client: httpx.AsyncClient,
    consumer: Consumer,
    clock: ManualClock,
    database: Database,
    settings: ApplicationsSettings,
) -> PlanLetters:
    """Plans so many letters, due now by the clock of the machine, which schedulers have."""
    clock.instant = datetime.now(UTC)
    last_day = civil_date(clock.instant, settings.time_zone) + timedelta(days=30)

    async def plan(count: int) -> None:
        for number in range(count):
            application_id = await people.submit_application(client)
            notices = Notices(consumer, clock, application_id, f"07.01000.01.{number:08d}.29")
            await notices.tell_renewal_due(last_day=last_day)
        await _run(database, "UPDATE letter SET next_attempt_at = now()")

    return plan


async def _run(database: Database, statement: str) -> None:
    async with database.transaction() as session:
        await execute(session, text(statement))


async def _await_delivered(database: Database, count: int) -> None:
    async def are_delivered() -> bool:
        query = "SELECT count(*) AS count FROM letter WHERE state = 'delivered'"
        (row,) = await fetch_rows(database, query)
        return int(row.count) == count

    await eventually(are_delivered, f"{count} letters are delivered", LONGEST_WAIT)


async def test_a_letter_whose_sender_was_killed_before_the_answer_goes_again(
    database: Database,
    mail_server: MailServer,
    start_schedulers: StartSchedulers,
    plan_letters: PlanLetters,
) -> None:
    await plan_letters(1)
    mail_server.answer_letter = freeze
    with closing(start_schedulers(1)) as schedulers:

        async def has_letter() -> bool:
            return bool(mail_server.letters)

        await eventually(has_letter, "the relay has the letter", LONGEST_WAIT)
        mail_server.answer_letter = accept
        schedulers.kill(0)
        await _run(database, END_CLAIMS)
        await _await_delivered(database, 1)
    first_id, second_id = mail_server.ids
    assert first_id == second_id


async def test_a_letter_whose_sender_was_killed_after_the_answer_goes_under_the_same_id(
    database: Database,
    mail_server: MailServer,
    start_schedulers: StartSchedulers,
    plan_letters: PlanLetters,
) -> None:
    """The relay has said 250, and nobody has recorded it yet."""
    await plan_letters(1)
    async with AsyncExitStack() as stack:
        schedulers = stack.enter_context(closing(start_schedulers(1)))
        async with AsyncExitStack() as locking:

            async def accept_and_lock(_server: SMTP, _recipient: str) -> str:
                session: AsyncSession = await locking.enter_async_context(database.transaction())
                await execute(session, text(LOCK_LETTERS))
                mail_server.answer_letter = accept
                return "250 OK"

            async def is_recording() -> bool:
                return bool(mail_server.letters) and bool(await fetch_rows(database, WAITING))

            mail_server.answer_letter = accept_and_lock
            await eventually(is_recording, "the sender records the answer", LONGEST_WAIT)
            schedulers.kill(0)
        await _run(database, END_CLAIMS)
        await _await_delivered(database, 1)
    first_id, second_id = mail_server.ids
    assert first_id == second_id


async def test_letters_of_schedulers_that_are_killed_at_random_all_go(
    database: Database,
    mail_server: MailServer,
    start_schedulers: StartSchedulers,
    plan_letters: PlanLetters,
) -> None:
    await plan_letters(LETTERS)
    chance = random.Random(3)
    with closing(start_schedulers(SCHEDULERS)) as schedulers:

        async def kill_in_the_midst(_server: SMTP, _recipient: str) -> str:
            if len(mail_server.letters) in KILLED_AT:
                schedulers.kill(chance.randrange(SCHEDULERS))
            return "250 OK"

        async def have_been_killed() -> bool:
            return len(mail_server.letters) > max(KILLED_AT)

        mail_server.answer_letter = kill_in_the_midst
        await eventually(have_been_killed, "the last one is killed", LONGEST_WAIT)
    await _run(database, END_CLAIMS)
    mail_server.answer_letter = accept
    with closing(start_schedulers(1)):
        await _await_delivered(database, LETTERS)
    counts = Counter(mail_server.ids)
    assert len(counts) == LETTERS
    again_count = sum(counts.values()) - LETTERS
    assert again_count <= (len(KILLED_AT) + SCHEDULERS) * CONNECTIONS, "only what was in flight"
