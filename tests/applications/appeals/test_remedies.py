"""The whole table of appeals: ground, status and outcome, and what becomes of the application."""

import asyncio
from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.applications.appeals.models import Appeal
from services.applications.appeals.rules import (
    REMEDIES_BY_GROUND,
    STATUSES_BY_GROUND,
    AppealGround,
    AppealOutcome,
    Appellant,
    Remedy,
    list_remedies,
)
from services.applications.appeals.status import AppealStatus
from services.applications.application.status import Status
from shared.db import Database
from tests.applications import people
from tests.applications.appeals.hearings import (
    build_complaint,
    build_panel,
    build_verdict,
    file_appeal,
    hear_appeal,
    run_appeal_step,
)
from tests.clock import ManualClock
from tests.problems import assert_problem

G, S, R = AppealGround, Status, Remedy
BEFORE_REVIEW_ENDS = {S.SUBMITTED, S.UNDER_REVIEW, S.RETURNED, S.DECLINED, S.WITHDRAWN}
BEFORE_EXAMINATION = {S.ADMITTED, S.SCHEDULED, S.NO_SHOW}
DECIDED = {S.APPROVED, S.CERTIFIED, S.NOT_CONFIRMED, S.CLOSED}


def expect_courses(ground: AppealGround, status: Status) -> dict[Remedy, Status]:
    """Where each remedy leads that the commission can choose; written down apart from the rules."""
    if ground is G.ACCEPTANCE_REFUSED and status in {S.DECLINED, S.RETURNED}:
        return {R.REVIEW_ANEW: S.SUBMITTED}
    if ground is G.RESULT_DISPUTED and status in DECIDED:
        return {R.EXAMINE_ANEW: S.ADMITTED, R.DECIDE_ANEW: S.WITH_COUNCIL}
    if ground in {G.DOCUMENT_LATE_OR_WRONG, G.REGISTRY_RECORD_MISSING}:
        return {R.DELIVER: status}
    courses: dict[Remedy, Status] = {R.RECTIFY: status}
    if ground is G.PROCEDURE_BREACHED:
        if status in BEFORE_REVIEW_ENDS | BEFORE_EXAMINATION:
            courses[R.REVIEW_ANEW] = S.SUBMITTED
        if status not in BEFORE_REVIEW_ENDS:
            courses[R.EXAMINE_ANEW] = S.ADMITTED
        if status in DECIDED | {S.WITH_COUNCIL}:
            courses[R.DECIDE_ANEW] = S.WITH_COUNCIL
    return courses


def every_pair() -> Iterator[tuple[AppealGround, Status]]:
    """Every ground in every status to which an application comes once it was submitted."""
    yield from product(AppealGround, set(Status) - {S.DRAFT})


@pytest.mark.parametrize(("ground", "status"), sorted(every_pair()), ids=str)
def test_each_ground_has_a_remedy_in_each_status(ground: AppealGround, status: Status) -> None:
    remedies = list_remedies(ground, status, has_consent=True, has_examination=True)
    assert remedies == set(expect_courses(ground, status))
    for has_consent, has_examination in product((True, False), repeat=2):
        fewer = list_remedies(
            ground, status, has_consent=has_consent, has_examination=has_examination
        )
        assert fewer
        assert fewer <= remedies | {R.RECTIFY}
        assert has_consent or R.REVIEW_ANEW not in fewer
        assert has_examination or R.DECIDE_ANEW not in fewer


async def set_status(database: Database, status: Status) -> None:
    async with database.transaction() as session:
        await people.execute_statement(
            session, "UPDATE application SET status = :status", status=status.value
        )


async def add_heard_appeal(
    database: Database, clock: ManualClock, application_id: str, ground: AppealGround
) -> str:
    """The path of an appeal whose hearing is just over."""
    appeal = Appeal(
        application_id=UUID(application_id),
        status=AppealStatus.HEARING_SET,
        appellant=Appellant.APPLICANT,
        appellant_name="А. Петрова-Водкина",
        ground=ground,
        explanation_text="Иначе",
        informed_on=date(2026, 3, 2),
        filed_on=date(2026, 3, 2),
        registration_number="А-1",
        registered_on=date(2026, 3, 2),
        hearing_at=clock.now(),
        place="Зал 1",
    )
    path = f"/v1/applications/{application_id}/appeals/{appeal.id}"
    async with database.transaction() as session:
        session.add(appeal)
    return path


REFUSAL = {"outcome": "refused", "remedy": None, "members": build_panel(*[False] * 5)}


def list_verdicts(ground: AppealGround, status: Status) -> list[tuple[dict[str, Any], Status]]:
    """Every verdict that the commission can reach, and the status that it leads to."""
    verdicts: list[tuple[dict[str, Any], Status]] = [(REFUSAL, status)]
    satisfying = (AppealOutcome.SATISFIED, AppealOutcome.SATISFIED_PARTLY)
    for outcome, (remedy, target) in product(satisfying, expect_courses(ground, status).items()):
        verdicts.append(({"outcome": outcome, "remedy": remedy}, target))
    return verdicts


@pytest.mark.parametrize("ground", list(AppealGround))
async def test_every_verdict_leads_where_it_says(
    client: httpx.AsyncClient, database: Database, clock: ManualClock, ground: AppealGround
) -> None:
    application_id = await people.refuse_certification(client)
    for status in sorted(set(Status) - {S.DRAFT}):
        possible = expect_courses(ground, status)
        for changes, target in list_verdicts(ground, status):
            await set_status(database, status)
            path = await add_heard_appeal(database, clock, application_id, ground)
            verdict = build_verdict(decided_on="2026-03-02", **changes)
            appeal = await run_appeal_step(client, path, "decide", **verdict)
            assert (appeal["status"], appeal["remedy"]) == ("decided", changes["remedy"])
            ((found_status,),) = await people.fetch_rows(database, "SELECT status FROM application")
            assert found_status == target, (ground, status, changes)
        await set_status(database, status)
        path = await add_heard_appeal(database, clock, application_id, ground)
        impossible = min(set(Remedy) - set(possible))
        verdict = build_verdict(decided_on="2026-03-02", remedy=impossible)
        answer = await client.post(f"{path}/decide", json=verdict)
        problem = assert_problem(answer, 422, "appeal.remedy", "/remedy")
        assert problem["possible"] == sorted(possible)


@pytest.mark.parametrize("ground", list(AppealGround))
async def test_an_appeal_is_filed_where_what_it_complains_of_stands(
    client: httpx.AsyncClient, database: Database, ground: AppealGround
) -> None:
    application_id = await people.refuse_certification(client)
    path = f"/v1/applications/{application_id}/appeals"
    for status in Status:
        await set_status(database, status)
        complaint = build_complaint(ground=ground, explanation_text=status)
        answer = await client.post(path, json=complaint)
        if status in STATUSES_BY_GROUND[ground]:
            assert answer.status_code == 201, answer.text
            assert REMEDIES_BY_GROUND[ground] & set(expect_courses(ground, status))
        else:
            assert_problem(answer, 422, "appeal.nothing_to_appeal", "/ground")


async def test_nothing_is_decided_anew_that_was_not_examined(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.schedule_examination(client)
    clock.advance(hours=4)
    await people.run_step(client, application_id, "record-no-show", "no_show")
    await people.run_step(client, application_id, "close", "closed")
    path = await hear_appeal(client, clock, application_id)
    answer = await client.post(f"{path}/decide", json=build_verdict(remedy="decide_anew"))
    assert_problem(answer, 422, "appeal.remedy", "/remedy")
    await run_appeal_step(client, path, "decide", **build_verdict())
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    assert (application["status"], application["kept_until"]) == ("admitted", None)


async def test_nothing_is_reviewed_anew_without_consent(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.submit_application(client)
    withdrawn = await client.post(f"/v1/applications/{application_id}/withdraw-consent")
    assert withdrawn.status_code == 200, withdrawn.text
    path = await hear_appeal(client, clock, application_id, ground="procedure_breached")
    answer = await client.post(f"{path}/decide", json=build_verdict(remedy="review_anew"))
    assert_problem(answer, 422, "appeal.remedy", "/remedy")
    await run_appeal_step(client, path, "decide", **build_verdict(remedy="rectify"))
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    assert application["status"] == "withdrawn"


async def test_what_the_centre_has_mended_meanwhile_is_not_undone(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.begin_review(client)
    await people.run_step(client, application_id, "review", "returned", **people.RETURN)
    path = await hear_appeal(client, clock, application_id, ground="acceptance_refused")
    await people.run_step(client, application_id, "resubmit", "submitted")
    await run_appeal_step(client, path, "decide", **build_verdict(remedy="rectify"))
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    assert application["status"] == "submitted"


async def test_the_same_complaint_is_filed_once_also_at_once(client: httpx.AsyncClient) -> None:
    application_id = await people.refuse_certification(client)
    path = f"/v1/applications/{application_id}/appeals"
    answers = await asyncio.gather(
        *(client.post(path, json=build_complaint()) for _ in range(3)),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            assert_problem(answer, 409, "appeal.again")
    await file_appeal(client, application_id, explanation_text="И ответ на вопрос 8 был верным")
    assert len((await client.get(path)).json()["items"]) == 2


async def test_each_step_is_taken_once_twice_or_at_once(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.refuse_certification(client)
    path = await file_appeal(client, application_id)

    async def take_once(name: str, **body: Any) -> None:
        answers = await asyncio.gather(
            *(client.post(f"{path}/{name}", json=body) for _ in range(2)),
        )
        answers.append(await client.post(f"{path}/{name}", json=body))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409], name

    await take_once("register", registration_number="А-1", registered_on="2026-03-02")
    hearing = {"starts_at": "2026-03-13T10:00:00+03:00", "place": "Зал 1"}
    await run_appeal_step(client, path, "set-hearing", **hearing, notified_on="2026-03-02")
    clock.advance(days=11)
    await take_once("decide", **build_verdict())
    await take_once("send-decision", completed_on="2026-03-13")
    await take_once("execute", completed_on="2026-03-13")
    history = (await client.get(f"/v1/applications/{application_id}/history")).json()["items"]
    commands = [line["command"] for line in history]
    assert len(commands) == len(set(commands) - {"attach_document"}) + commands.count(
        "attach_document"
    )
