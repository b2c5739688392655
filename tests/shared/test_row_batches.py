"""Rows of one request: each alone, in their order."""

import pytest

from services.catalog.settings import CatalogSettings
from shared.db import Database
from shared.errors import Conflict
from shared.locale.catalogues import read_languages
from shared.row_batches import apply_rows


@pytest.mark.parametrize("rows", [[3, 1, 2], [2, 1, 3], [2, 3, 1]])
async def test_rows_are_applied_and_answered_in_the_order_of_the_request(
    settings: CatalogSettings, rows: list[int]
) -> None:
    database, languages = Database.connect(settings), read_languages()
    applied_rows = []

    async def apply_row(row: int) -> bool:
        applied_rows.append(row)
        if row == 1:
            raise Conflict("receipt.second", "The first one is refused.")
        return row == 2

    async with database.transaction() as session:
        outcomes = await apply_rows(session, rows, apply_row, languages["en"])
    await database.close()
    words = {1: "refused", 2: "done", 3: "repeated"}
    assert applied_rows == rows
    assert [outcome.row for outcome in outcomes] == [1, 2, 3]
    assert [outcome.outcome for outcome in outcomes] == [words[row] for row in rows]
