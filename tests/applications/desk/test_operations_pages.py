"""Operations of applications: who saw what an event says stands with the application it names."""

import json
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from shared.db import Database, execute
from shared.messaging.dead_letters import store_dead_letter
from shared.messaging.envelope import Record
from shared.principal import Scope
from tests import tokens
from tests.applications.statements import submit
from tests.clock import ManualClock

OPERATOR = tokens.browser(Scope.OPERATE, subject="operations")
PATH = "/ru/operations/applications"


async def _store(database: Database, payload: bytes, clock: ManualClock) -> int:
    record = Record("certificates.certificate", 0, 0, "key", {}, payload)
    await store_dead_letter(database, record, "unreadable", "no CloudEvent", 1)
    async with database.read_only_transaction() as session:
        query = text("SELECT max(id) FROM dead_letter")
        letter_id: int = (await execute(session, query)).scalar_one()
    return letter_id
