"""The chart on a cluster: installed, upgraded and taken back while people work, scaled and killed.

`make test-cluster CONTEXT=...`: the cluster has the images of docker-compose.yml, by the names of
tests/containers/stand_ins/images.env or those of the environment.
"""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.local import story
from deploy.local.approval import build_load_command
from deploy.local.calls import open_services, wait_for
from deploy.local.candidates import find_operator_qualification
from deploy.local.containers import make_secrets
from deploy.local.issuer import StackSecrets
from deploy.local.ports import HOST
from deploy.local.scenes import play_story
from deploy.local.settings import LocalSettings
from tests.cluster.release import OWN_IMAGES, Release
from tests.containers.composition import read_stand_ins, run_command
from tests.containers.conftest import timed_step
from tests.faults.databases import ServerDatabases
from tests.faults.upgrade.outcome import assert_all_was_done_once
from tests.faults.upgrade.visitors import Visitors

CONTEXT_VARIABLE = "ATTESTA_TEST_CLUSTER"
REPLICATED = ("certificates", "certificates-worker")
ISSUER = "http://issuer:8000"
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
    names = OWN_IMAGES | read_stand_ins()
    images = {name: os.environ.get(name, image) for name, image in names.items()}
    release = Release(os.environ[CONTEXT_VARIABLE], f"attesta-test-{uuid4().hex[:8]}", images)
    try:
        yield release
    finally:
        with timed_step("removed"):
            release.remove()


def test_a_release_lives_on_a_cluster(release: Release, tmp_path: Path) -> None:
    secrets = StackSecrets(tmp_path / "secrets")
    make_secrets(tmp_path / "secrets")
    with timed_step("surroundings"):
        release.prepare(tmp_path / "secrets")
    with timed_step("installed, until everything is ready"):
        release.install(release.images["ATTESTA_IMAGE"])
    password = (tmp_path / "secrets" / "postgres_password").read_text()
    with _opening_ways(release, secrets, password) as site:
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


@contextmanager
def _opening_ways(release: Release, secrets: StackSecrets, password: str) -> Iterator[Site]:
    with (
        release.forwarding("service/attesta-gateway", 80) as site_port,
        release.forwarding("service/mailbox", 8000) as mailbox_port,
        release.forwarding("service/postgres", 5432) as database_port,
    ):
        databases = ServerDatabases(HOST, password, database_port)
        site_url, mailbox_url = f"http://{HOST}:{site_port}", f"http://{HOST}:{mailbox_port}"
        yield Site(site_url, mailbox_url, databases, secrets)


def _load_qualifications(site: Site) -> None:
    command = build_load_command(site.site_url, LocalSettings().civil_today())
    run_command(sys.executable, "-m", *command, ATTESTA_TOKEN=site.issue_token("council"))


def _upgrade_and_roll_back(release: Release, site: Site) -> None:
    token = site.issue_token("demo")
    with open_services(lambda _: site.site_url, token) as services:
        count = len(story.list_qualifications(services))
        operator_id = find_operator_qualification(services)
    site.databases.wait_until_numbered(count)
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
    count = _count_certificates(site)
    with ThreadPoolExecutor() as threads:
        demo = threads.submit(_play_demo, site)
        wait_for(
            lambda: _count_certificates(site) > count or None,
            "a certificate",
        )
        for component in REPLICATED:
            print(f"[killed {release.kill_pod(component)}]", flush=True)
        assert not demo.done()
        demo.result()


def _count_certificates(site: Site) -> int:
    (row,) = site.databases.run_statement("certificates", _CERTIFICATES)
    count: int = row["rows"]
    return count
