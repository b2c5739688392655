"""Complaints, panels and verdicts to appeal with, and how far an appeal is taken."""

from typing import Any

import httpx

from tests.clock import ManualClock


def build_complaint(**changes: Any) -> dict[str, Any]:
    body = {
        "appellant": "applicant",
        "appellant_name": "А. Петрова-Водкина",
        "ground": "result_disputed",
        "explanation_text": "Ответ на вопрос 7 был верным",
        "informed_on": "2026-03-02",
        "filed_on": "2026-03-02",
    }
    return {**body, **changes}


def build_member(name: str, vote: bool | None, **changes: Any) -> dict[str, Any]:
    return {"name": name, "present": True, "in_favour": vote, **changes}


def build_panel(*votes: bool | None) -> list[dict[str, Any]]:
    names = ("Б. Первый", "В. Второй", "Г. Третий", "Д. Четвёртый", "Е. Пятый", "Ж. Шестой")
    return [build_member(name, vote) for name, vote in zip(names, votes, strict=False)]


def build_verdict(**changes: Any) -> dict[str, Any]:
    body = {
        "outcome": "satisfied",
        "remedy": "examine_anew",
        "reasons": "Вопрос составлен неверно",
        "decided_on": "2026-03-13",
        "chair": "Б. Первый",
        "members": build_panel(True, True, True, False, False),
    }
    return {**body, **changes}


async def file_appeal(client: httpx.AsyncClient, application_id: str, **changes: Any) -> str:
    path = f"/v1/applications/{application_id}/appeals"
    answer = await client.post(path, json=build_complaint(**changes))
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


async def hear_appeal(
    client: httpx.AsyncClient, clock: ManualClock, application_id: str, **changes: Any
) -> str:
    """An appeal whose hearing is just over."""
    path = await file_appeal(client, application_id, **changes)
    await run_appeal_step(
        client, path, "register", registration_number="А-1", registered_on="2026-03-02"
    )
    await run_appeal_step(
        client,
        path,
        "set-hearing",
        starts_at="2026-03-13T10:00:00+03:00",
        place="Зал 1",
        notified_on="2026-03-02",
    )
    clock.advance(days=11)
    return path


async def run_appeal_step(
    client: httpx.AsyncClient, path: str, name: str, **body: Any
) -> dict[str, Any]:
    answer = await client.post(f"{path}/{name}", json=body)
    assert answer.status_code == 200, answer.text
    appeal: dict[str, Any] = answer.json()
    return appeal
