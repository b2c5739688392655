"""Letters on paper: an address of any script and length stays in its place and on its sheet."""

from typing import Any

import httpx
import pytest

from shared.messaging.consumer import Consumer
from shared.principal import Scope
from tests import tokens
from tests.applications import people
from tests.applications.letters.notices import Notices, apply, list_letters
from tests.clock import ManualClock
from tests.papers import WIDE, list_letters_off_sheet, list_overprints, read_sheets

CLERK = tokens.browser(Scope.PROCESS, subject="clerk", centre=tokens.CENTRE)
MARGIN_MM = 19


def _build_form(name: str, line: str) -> dict[str, Any]:
    names = {"family_name": name, "given_name": name, "patronymic": name}
    return {
        "applicant": {**people.form()["applicant"], **names},
        "centre": {**people.form()["centre"], "name": line},
        "notify_by": "post",
        "postal_address": line,
    }


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (WIDE * 100, WIDE * 300),
        ("Мария-" * 16 + "Анна", "улица Пробная " * 21),
        ("龍" * 100, "東京都" * 100),
        ("محمد", "شارع " * 59),
    ],
    ids=["wide", "hyphens", "ideographs", "arabic"],
)
async def test_long_addresses_stay_on_the_sheet_and_cover_nothing(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock, name: str, line: str
) -> None:
    application_id = await apply(client, **_build_form(name, line))
    await Notices(consumer, clock, application_id, "1").tell_renewal_due()
    fields = {f"letter-{letter['id']}": "1" for letter in await list_letters(client)}
    headers = {"Authorization": "", **CLERK}
    link = await client.post("/ru/letters/pdf?tab=print", data=fields, headers=headers)
    answer = await client.get(link.headers["location"])
    assert answer.status_code == 200, answer.text
    assert list_letters_off_sheet(answer.content, MARGIN_MM) == []
    assert list_overprints(answer.content) == []
    assert {letter for letter in name if letter.isalpha()} <= set(read_sheets(answer.content)[0])
