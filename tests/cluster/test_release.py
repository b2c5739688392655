"""The chart on a cluster: installed, upgraded and taken back while people work, scaled and killed.

`make test-cluster CONTEXT=...`: the cluster has the images of docker-compose.yml, by the names of
tests/containers/stand_ins/images.env or those of the environment.
"""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.local import story
from deploy.local.approval import build_load_command
from deploy.local.calls import open_services, wait_for
from deploy.local.containers import make_secrets
from deploy.local.issuer import StackSecrets
from deploy.local.ports import HOST
from deploy.local.scenes import play_story
from deploy.local.settings import LocalSettings
from tests.cluster.release import Release
from tests.containers.composition import read_stand_ins, run_command
from tests.containers.conftest import timed_step
from tests.faults.databases import ServerDatabases
from tests.faults.upgrade.outcome import assert_all_was_done_once
from tests.faults.upgrade.visitors import Visitors

CONTEXT_VARIABLE = "ATTESTA_TEST_CLUSTER"
REPLICATED = ("certificates", "certificates-worker")
ISSUER = "http://issuer:8000"
_NUMBERED = """
    SELECT count(DISTINCT id) AS rows FROM qualification_version
    WHERE payload -> 'qualification' ->> 'registry_number' IS NOT NULL
"""
_CERTIFICATES = "SELECT count(*) AS rows FROM certificate"


@dataclass(frozen=True, slots=True)
class Site:
    """Ways to a release from this machine, and who may go them."""

    site_url: str
    mailbox_url: str
    databases: ServerDatabases
    secrets: StackSecrets

    def issue_token(self, role: str) -> str:
        """A bearer token for a role in the procedure."""
        return self.secrets.issue_token(role, ISSUER)

    def database_url(self, service: str) -> str:
        """The address of a service's database."""
        server = self.databases
        return (
            f"postgresql://postgres:{server.password}@{server.address}:{server.port}"
            f"/attesta_{service}"
        )


@pytest.fixture
def release() -> Iterator[Release]:
    if CONTEXT_VARIABLE not in os.environ:
        pytest.skip("`make test-cluster CONTEXT=...` needs a cluster")
    names = {
        "ATTESTA_IMAGE": "attesta:local",
        "ATTESTA_NEXT_IMAGE": "attesta:next",
        "ATTESTA_TRIAL_IMAGE": "attesta-trial:local",
        **read_stand_ins(),
    }
    images = {name: os.environ.get(name, image) for name, image in names.items()}
    release = Release(os.environ[CONTEXT_VARIABLE], f"attesta-test-{uuid4().hex[:8]}", images)
    try:
        yield release
    finally:
        with timed_step("removed"):
            release.remove()


def test_a_release_lives_on_a_cluster(release: Release, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    stack_secrets = StackSecrets(secrets)
    make_secrets(secrets)
    with timed_step("surroundings"):
        release.prepare(secrets)
    with timed_step("installed, until everything is ready"):
        release.install(release.images["ATTESTA_IMAGE"])
    with ExitStack() as ways:
        ports = [
            ways.enter_context(release.forwarding(target, port))
            for target, port in (
                ("service/attesta-gateway", 80),
                ("service/mailbox", 8000),
                ("service/postgres", 5432),
            )
        ]
        password = (secrets / "postgres_password").read_text()
        site = Site(
            f"http://{HOST}:{ports[0]}",
            f"http://{HOST}:{ports[1]}",
            ServerDatabases(HOST, password, ports[2]),
            stack_secrets,
        )
        _load_qualifications(site)
        _upgrade_and_roll_back(release, site)
        _assert_fenced(release)
        with timed_step("demo"):
            _play_demo(site)
        with timed_step("scaled to 3"):
            release.install(release.images["ATTESTA_IMAGE"], dict.fromkeys(REPLICATED, 3))
        with timed_step("demo, one of each killed"):
            _play_demo_and_kill(release, site)
        print(release.run_kubectl("get", "pods"), flush=True)


def _load_qualifications(site: Site) -> None:
    command = build_load_command(site.site_url, datetime.now(LocalSettings().time_zone).date())
    run_command(sys.executable, "-m", *command, ATTESTA_TOKEN=site.issue_token("council"))


def _upgrade_and_roll_back(release: Release, site: Site) -> None:
    token = site.issue_token("demo")
    with open_services(lambda _: site.site_url, token) as services:
        qualifications = story.list_qualifications(services)
    wait_for(
        lambda: _count_rows(site, "applications", _NUMBERED) == len(qualifications) or None,
        "numbered qualifications",
    )
    operator_id = next(str(item["id"]) for item in qualifications if item["level"] == 3)
    visitors = Visitors([site.site_url], token, operator_id)
    with visitors.visiting():
        visitors.wait_for_certificates(1)
        with timed_step("upgraded"):
            release.install(release.images["ATTESTA_NEXT_IMAGE"])
        visitors.wait_for_certificates(1)
        with timed_step("rolled back"):
            release.roll_back()
        visitors.wait_for_certificates(1)
    print(f"{len(visitors.certified_ids)} certified; {dict(visitors.answers)}", flush=True)
    assert visitors.failures == []
    assert_all_was_done_once(site.databases, visitors)


def _assert_fenced(release: Release) -> None:
    """Each reaches what it needs, and nothing else of the house."""
    reached_places = {
        (pod, host): release.reaches(pod, host, port)
        for pod in ("attesta-certificates-worker", "attesta-sender", "mailbox")
        for host, port in (("kafka", 9092), ("attesta-catalog", 8000))
    }
    assert {place for place, is_reached in reached_places.items() if is_reached} == {
        ("attesta-certificates-worker", "kafka"),
        ("mailbox", "kafka"),
    }


def _play_demo(site: Site) -> None:
    with open_services(lambda _: site.site_url, site.issue_token("demo")) as services:
        play_story(services, site.database_url, site.mailbox_url)


def _play_demo_and_kill(release: Release, site: Site) -> None:
    """One of each kind is killed while the demo goes on."""
    count = _count_rows(site, "certificates", _CERTIFICATES)
    with ThreadPoolExecutor() as threads:
        demo = threads.submit(_play_demo, site)
        wait_for(
            lambda: _count_rows(site, "certificates", _CERTIFICATES) > count or None,
            "a certificate",
        )
        for component in REPLICATED:
            print(f"[killed {release.kill_pod(component)}]", flush=True)
        assert not demo.done()
        demo.result()


def _count_rows(site: Site, service: str, statement: str) -> int:
    (row,) = site.databases.run_statement(service, statement)
    count: int = row["rows"]
    return count
