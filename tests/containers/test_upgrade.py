"""A release is put in and taken back on containers, as the runbook says it, while people work."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local.calls import open_services
from deploy.local.candidates import find_operator_qualification
from deploy.local.settings import SERVICES
from tests.containers.composition import PROJECT_NAME, START, Composition, run_command
from tests.containers.conftest import timed_step
from tests.containers.next_image import build_next_image
from tests.faults.upgrade.outcome import assert_all_was_done_once
from tests.faults.upgrade.visitors import Visitors

WORKERS = tuple(f"{service}-worker" for service in SERVICES)
REPLICATED = (*SERVICES, *WORKERS)
SINGLE = ("applications-scheduler", "certificates-scheduler", "certificates-sender")
NEXT_IMAGE = f"{PROJECT_NAME}:next"


@pytest.fixture
def next_release(composition: Composition, tmp_path: Path) -> Iterator[Composition]:
    """The same composition, whose processes start from the next release's image."""
    with timed_step("build"):
        composition.run("build")
    with timed_step("build of the next release"):
        build_next_image(tmp_path, NEXT_IMAGE)
    yield replace(composition, variables={"ATTESTA_IMAGE": NEXT_IMAGE})
    run_command("docker", "image", "rm", "--force", NEXT_IMAGE)


def test_a_release_is_put_in_and_taken_back_and_nobody_feels_it(
    composition: Composition, next_release: Composition
) -> None:
    with timed_step("up, two of each service and worker"):
        composition.run(*START, *(f"--scale={name}=2" for name in REPLICATED))
    visitors = _invite_visitors(composition)
    with visitors.visiting():
        visitors.wait_for_certificates(1)
        _put_in(next_release, visitors, "migrated")
        _put_in(composition, visitors, "of newer code, this works with it")
    print(f"{len(visitors.certified_ids)} certified; {dict(visitors.answers)}", flush=True)
    assert visitors.failures == []
    assert_all_was_done_once(composition.find_databases(), visitors)


def _put_in(release: Composition, visitors: Visitors, words: str) -> None:
    """Migrations first, in these words; then the processes, one kind after the other."""
    image = release.variables.get("ATTESTA_IMAGE", "the image before")
    with timed_step(f"migrations of {image}"):
        output = release.run("run", "--rm", "--no-TTY", "--no-deps", "migrations")
    assert output.count(words) == len(SERVICES), output
    for name in (*REPLICATED, *SINGLE):
        with timed_step(f"{name} of {image}"):
            release.replace_containers(name)
    visitors.wait_for_certificates(1)


def _invite_visitors(composition: Composition) -> Visitors:
    site_url = f"http://{composition.find_address('gateway', 'front')}:8000"
    token = composition.issue_token("demo")
    with open_services(lambda _: site_url, token) as services:
        operator_id = find_operator_qualification(services)
    return Visitors([site_url], token, operator_id)
