"""The main job: from the council's table to a verified certificate, whatever dies on the way."""

import os
import subprocess
import sys
from datetime import date

import pytest

from deploy.local import candidates, story
from deploy.local.calls import Json, Services, wait_for
from deploy.local.settings import PROJECT, LocalSettings
from deploy.local.stack import Stack

pytestmark = pytest.mark.flow

PROGRAMS = [
    "postgres",
    "broker",
    "issuer",
    "mailbox",
    "catalog",
    "applications",
    "certificates",
    "gateway",
    "catalog-worker",
    "applications-worker",
    "certificates-worker",
    "scheduler",
    "applications-scheduler",
    "sender",
]


def _today() -> date:
    return LocalSettings().civil_today()


def _examine_candidate(services: Services, qualification_id: str) -> Json:
    application = candidates.admit_candidate(services, qualification_id)
    return story.examine_candidate(services, application["id"], _today(), practice="passed")


def _assert_certified_once(services: Services, application_id: str) -> None:
    certificate = story.wait_until_certified(services, application_id)["certificate"]
    certificates = story.list_certificates(services, application_id)
    assert [item["number"] for item in certificates] == [certificate["number"]]
    verdict = story.verify_certificate(services, certificate["number"], certificate["issued_on"])
    assert verdict["verdict"] == "valid"


def test_the_programs_of_this_test_are_those_of_the_stack(stack: Stack) -> None:
    assert stack.program_names == PROGRAMS


def test_the_demo_ends_well(stack: Stack) -> None:
    environment = {**os.environ, "ATTESTA_LOCAL_FOLDER": str(stack.folder), "COLUMNS": "120"}
    process = subprocess.run(
        [sys.executable, "-m", "deploy.local.demo"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    for phrase in (
        "Оператор",
        "missing:",
        "valid, renewal due",
        "expired",
        "not confirmed",
        "the chain of hashes holds",
        "The holder is told by e-mail",
    ):
        assert phrase in process.stdout


def test_all_five_qualifications_are_published(services: Services) -> None:
    qualifications = story.list_qualifications(services)
    assert sorted(item["level"] for item in qualifications) == [3, 4, 4, 5, 6]
    assert {item["validity_term"] for item in qualifications} == {"P3Y"}


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_story_survives_the_death_of(
    stack: Stack, services: Services, operator: str, program: str
) -> None:
    application = story.submit_application(services, operator, "Анна", "Белова")
    stack.kill_program(program)
    for kind in candidates.DOCUMENTS:
        story.attach_document(services, application["id"], kind)
    story.admit_applicant(services, application["id"])
    story.examine_candidate(services, application["id"], _today(), practice="passed")
    story.record_decision(services, application["id"], _today(), "certify")
    stack.kill_program(program)
    _assert_certified_once(services, application["id"])
    stack.wait_until_ready()


def test_an_approval_outlives_the_whole_stack(
    stack: Stack, services: Services, operator: str
) -> None:
    """The broker has the event, nobody has read it, and everything stops.

    The embedded broker then forgets it; the relay recognises the new cluster and publishes again.
    """
    stack.stop_program("certificates-worker")
    application = _examine_candidate(services, operator)
    story.record_decision(services, application["id"], _today(), "certify")

    def is_published() -> bool | None:
        backlog = services.applications.get("/ops/outbox").json()
        return True if backlog["unpublished"] == 0 else None

    wait_for(is_published, "the approval to be published")
    stack.stop()
    stack.start()
    _assert_certified_once(services, application["id"])


def test_a_decision_made_just_before_everything_is_killed_is_carried_out(
    stack: Stack, services: Services, operator: str
) -> None:
    application = _examine_candidate(services, operator)
    story.record_decision(services, application["id"], _today(), "certify")
    for program in PROGRAMS:
        stack.kill_program(program)
    _assert_certified_once(services, application["id"])
    stack.wait_until_ready()


def test_the_catalog_may_be_down_while_people_apply(
    stack: Stack, services: Services, operator: str
) -> None:
    stack.stop_program("catalog")
    stack.stop_program("catalog-worker")
    try:
        application = _examine_candidate(services, operator)
        assert application["status"] == "with_council"
    finally:
        stack.start_programs("catalog", "catalog-worker")
