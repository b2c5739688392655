"""The main job: from the council's table to a verified certificate, whatever dies on the way."""

import os
import subprocess
import sys
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from deploy.local import story
from deploy.local.calls import Json, Services, wait_for
from deploy.local.settings import PROJECT
from deploy.local.stack import Stack

pytestmark = pytest.mark.flow

PROGRAMS = [
    "postgres",
    "broker",
    "issuer",
    "catalog",
    "applications",
    "certificates",
    "catalog-worker",
    "applications-worker",
    "certificates-worker",
    "scheduler",
    "applications-scheduler",
]


def _today() -> date:
    return datetime.now(ZoneInfo("Europe/Moscow")).date()


def _examined(services: Services, qualification_id: str) -> Json:
    application = story.apply(services, qualification_id, "Анна", "Белова")
    for kind in ("education_secondary_general", "training_office_retraining"):
        story.attach(services, application["id"], kind)
    story.admit(services, application["id"])
    return story.examine(services, application["id"], _today(), practice="passed")


def _assert_certified_once(services: Services, application_id: str) -> None:
    certificate = story.certified(services, application_id)["certificate"]
    issued = story.certificates_of(services, application_id)
    assert [each["number"] for each in issued] == [certificate["number"]]
    verdict = story.verify(services, certificate["number"], certificate["issued_on"])
    assert verdict["verdict"] == "valid"


def test_the_programs_of_this_test_are_those_of_the_stack(stack: Stack) -> None:
    assert stack.program_names == PROGRAMS


def test_the_demo_ends_well(stack: Stack) -> None:
    environment = {**os.environ, "ATTESTA_LOCAL_FOLDER": str(stack.folder), "COLUMNS": "120"}
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local.demo"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for said in (
        "Оператор",
        "missing:",
        "valid, renewal due",
        "expired",
        "not confirmed",
        "the chain of hashes holds",
    ):
        assert said in done.stdout


def test_all_five_qualifications_are_published(services: Services) -> None:
    published = story.published_qualifications(services)
    assert sorted(item["level"] for item in published) == [3, 4, 4, 5, 6]
    assert {item["validity_term"] for item in published} == {"P3Y"}


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_story_survives_the_death_of(
    stack: Stack, services: Services, operator: str, program: str
) -> None:
    application = story.apply(services, operator, "Анна", "Белова")
    stack.kill(program)
    for kind in ("education_secondary_general", "training_office_retraining"):
        story.attach(services, application["id"], kind)
    story.admit(services, application["id"])
    story.examine(services, application["id"], _today(), practice="passed")
    story.decide(services, application["id"], _today(), "certify")
    stack.kill(program)
    _assert_certified_once(services, application["id"])
    stack.wait_until_ready()


def test_an_approval_outlives_the_whole_stack(
    stack: Stack, services: Services, operator: str
) -> None:
    """The broker has the event, nobody has read it, and everything stops.

    The embedded broker then forgets it; the relay recognises the new cluster and publishes again.
    """
    stack.halt("certificates-worker")
    application = _examined(services, operator)
    story.decide(services, application["id"], _today(), "certify")

    def published() -> bool | None:
        backlog = services.applications.get("/ops/outbox").json()
        return True if backlog["unpublished"] == 0 else None

    wait_for(published, "the approval to be published")
    stack.stop()
    stack.start()
    _assert_certified_once(services, application["id"])


def test_a_decision_made_just_before_everything_is_killed_is_carried_out(
    stack: Stack, services: Services, operator: str
) -> None:
    application = _examined(services, operator)
    story.decide(services, application["id"], _today(), "certify")
    for program in PROGRAMS:
        stack.kill(program)
    _assert_certified_once(services, application["id"])
    stack.wait_until_ready()


def test_the_catalog_may_be_down_while_people_apply(
    stack: Stack, services: Services, operator: str
) -> None:
    stack.halt("catalog")
    stack.halt("catalog-worker")
    try:
        application = _examined(services, operator)
        assert application["status"] == "with_council"
    finally:
        stack.start_again("catalog", "catalog-worker")
