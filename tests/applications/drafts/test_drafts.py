"""What is kept of a form: sealed, for one person, for a day, and no longer than the file."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from services.applications.drafts.operations import delete_draft, reseal_drafts, save_draft
from services.applications.drafts.queries import TypedForm, find_draft
from services.applications.scheduler import delete_drafts, reseal_rows
from services.applications.settings import ApplicationsSettings
from shared.context import command_context
from shared.db import Database
from shared.encryption import Keyring
from shared.errors import RuleViolation
from tests.applications import people
from tests.clock import ManualClock

FIELDS = {"reason": "Копия аттестата нечитаема"}


class Drawer:
    """Drafts of one application, by who sends and reads them."""

    def __init__(
        self, database: Database, settings: ApplicationsSettings, clock: ManualClock, text: str
    ) -> None:
        self.database, self.settings, self.clock = database, settings, clock
        self.application_id = UUID(text)

    async def save(self, subject: str, fields: dict[str, str], act: str = "decline") -> None:
        async with self.database.transaction() as session:
            context = command_context(session, self.clock.now(), self.settings, subject)
            await save_draft(context, self.application_id, act, fields)

    async def find(self, subject: str, act: str = "decline") -> TypedForm | None:
        async with self.database.read_only_transaction() as session:
            draft_key = (subject, self.application_id, act)
            return await find_draft(session, self.settings, self.clock.now(), draft_key)


@pytest.fixture
async def drawer(
    client: httpx.AsyncClient,
    database: Database,
    settings: ApplicationsSettings,
    clock: ManualClock,
) -> Drawer:
    return Drawer(database, settings, clock, await people.submit_application(client))


async def test_a_draft_is_for_one_person_and_one_form(drawer: Drawer) -> None:
    await drawer.save("clerk", FIELDS)
    assert await drawer.find("clerk") == TypedForm(FIELDS, drawer.clock.now())
    assert await drawer.find("another") is None
    assert await drawer.find("clerk", "return") is None


async def test_the_last_one_is_kept_and_nothing_is_readable(drawer: Drawer) -> None:
    await drawer.save("clerk", {"reason": "раз"})
    await drawer.save("clerk", FIELDS)
    (row,) = await people.fetch_rows(drawer.database, "SELECT * FROM form_draft")
    assert "аттестата".encode() not in row.sealed_fields
    draft = await drawer.find("clerk")
    assert draft is not None
    assert draft.fields == FIELDS


async def test_a_draft_ends_after_a_day(drawer: Drawer) -> None:
    await drawer.save("clerk", FIELDS)
    drawer.clock.advance(hours=23, minutes=59)
    assert await drawer.find("clerk") is not None
    assert await delete_drafts(drawer.database, drawer.clock, drawer.settings) == 0
    drawer.clock.advance(minutes=1)
    assert await drawer.find("clerk") is None, "whether or not it is deleted already"
    assert await delete_drafts(drawer.database, drawer.clock, drawer.settings) == 1


async def test_a_draft_that_was_sent_is_gone(drawer: Drawer) -> None:
    await drawer.save("clerk", FIELDS)
    await drawer.save("clerk", FIELDS, "return")
    async with drawer.database.transaction() as session:
        await delete_draft(session, "clerk", drawer.application_id, "decline")
    assert await drawer.find("clerk") is None
    assert await drawer.find("clerk", "return") is not None


async def test_what_is_kept_has_a_limit(drawer: Drawer) -> None:
    with pytest.raises(RuleViolation, match="bytes"):
        await drawer.save("clerk", {"reason": "я" * 40_000})
    assert await drawer.find("clerk") is None


async def test_drafts_are_sealed_anew_after_a_change_of_keys(drawer: Drawer) -> None:
    await drawer.save("clerk", FIELDS)
    old_key, new_key = drawer.settings.data_keys.get_secret_value(), Fernet.generate_key().decode()
    rotated_settings = drawer.settings.model_copy(
        update={"data_keys": SecretStr(f"{new_key},{old_key}")}
    )
    vars(rotated_settings).pop("keyring", None)
    assert await reseal_rows(drawer.database, rotated_settings) == 2, "the identity document, too"
    async with drawer.database.transaction() as session:
        assert await reseal_drafts(session, rotated_settings.keyring, 10) == 0
    row: Any
    (row,) = await people.fetch_rows(drawer.database, "SELECT * FROM form_draft")
    assert Keyring(SecretStr(new_key)).decrypt(row.sealed_fields) == FIELDS
