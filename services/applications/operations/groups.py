"""A group of applications in one file: each row on its own."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from services.applications.operations import intake
from services.applications.schemas.answers import GroupTaken, RowTaken
from services.applications.schemas.form import NewApplication
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.errors import DomainError, Forbidden, RuleViolation
from shared.idempotency import once
from shared.problems import faults_of

FLAGS = {"true": True, "false": False, "да": True, "нет": False}
FLAGGED = {"rules_read", "draft", "given", "told_by_contract"}


def rows(content: bytes, most: int) -> list[Any]:
    """The rows of an NDJSON or CSV file; an unreadable one is a string. Raises `RuleViolation`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RuleViolation(
            "group.encoding", "The file is not UTF-8. Save it as UTF-8.", field="/file"
        ) from None
    found = list(_lines(text) if text.lstrip().startswith("{") else _cells(text))
    if not 0 < len(found) <= most:
        raise RuleViolation(
            "group.size",
            f"A group has from 1 to {most} rows; this file has {len(found)}.",
            field="/file",
        )
    return found


@dataclass(frozen=True, slots=True)
class Taker:
    """Takes the rows of one file, each in a transaction of its own."""

    database: Database
    settings: ApplicationsSettings
    now: datetime
    key: str | None
    subject: str | None
    actor: str
    centre: str | None

    async def take(self, found: list[Any]) -> GroupTaken:
        """What became of each row, in the file's order."""
        answered = [await self._row(number, row) for number, row in enumerate(found, 1)]
        taken = sum(one.application_id is not None for one in answered)
        return GroupTaken(taken=taken, refused=len(answered) - taken, rows=answered)

    async def _row(self, number: int, row: Any) -> RowTaken:
        try:
            new = NewApplication.model_validate(row)
            if self.subject is None and new.centre.number != self.centre:
                raise Forbidden("auth.centre", "A centre takes applications to itself only.")
            return RowTaken(row=number, application_id=await self._take(number, new))
        except ValidationError as error:
            return RowTaken(
                row=number,
                rule="request.invalid",
                detail="Correct the fields.",
                errors=faults_of(error),
            )
        except DomainError as error:
            return RowTaken(row=number, rule=error.rule, detail=error.detail)
        except DBAPIError:
            return RowTaken(
                row=number, rule="service.unavailable", detail="Not taken. Send the row again."
            )

    async def _take(self, number: int, new: NewApplication) -> Any:
        async with self.database.transaction() as session:

            async def perform() -> Any:
                return await intake.submit(
                    session,
                    new,
                    self.now,
                    self.settings,
                    self.settings.keyring,
                    subject=self.subject,
                    actor=self.actor,
                )

            key = f"{self.key}/{number}" if self.key else None
            operation = f"submit_group:{self.actor}"
            return await once(session, operation, key, new.model_dump_json().encode(), perform)


def _lines(text: str) -> Iterator[Any]:
    for line in text.split("\n"):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except ValueError:
            yield line


def _cells(text: str) -> Iterator[Any]:
    """CSV with commas or semicolons; an empty cell is an absent member."""
    head = text.partition("\n")[0]
    separator = ";" if head.count(";") > head.count(",") else ","
    for cells in csv.DictReader(io.StringIO(text), delimiter=separator):
        try:
            yield _nested(cells)
        except (AttributeError, TypeError):  # one column stands inside another
            yield "columns"


def _nested(cells: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, cell in cells.items():
        if not isinstance(cell, str) or not cell.strip():
            continue  # empty, or more cells than the heading has
        *path, last = name.strip().split(".")
        place = row
        for part in path:
            place = place.setdefault(part, {})
        said = cell.strip()
        place[last] = FLAGS.get(said.lower(), said) if last in FLAGGED else said
    return row
