"""A release is put in and taken back under load: no request fails, no event is lost or doubled.

`make upgrade`: it starts sixteen processes and replaces them three times, so it has the machine for
itself; without `ATTESTA_TEST_UPGRADE` it is skipped. Half of the load comes through the local
gateway, the other half through nginx, where there is one.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest

from deploy.gateway.unavailable import SILENCE_SECONDS
from deploy.local.calls import open_services, wait_for
from deploy.local.candidates import find_operator_qualification
from deploy.local.ports import HOST, accepts_connections
from deploy.local.settings import PROJECT, SERVICES, BrokerKind
from tests.deploy.nginx import NGINX, prepare_nginx
from tests.faults.bad_day.scene import Scene
from tests.faults.upgrade.deployment import (
    FIRST_HALF,
    SECOND_HALF,
    Deployment,
    running_deployment,
)
from tests.faults.upgrade.outcome import assert_all_was_done_once
from tests.faults.upgrade.releases import make_next_release
from tests.faults.upgrade.visitors import Visitors
from tests.ports import reserve_ports

ResultT = TypeVar("ResultT")
SIDE_BY_SIDE = 3
"""So many certificates on the way through both releases."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's: every run of pytest closes that to the account of the database."""
    with TemporaryDirectory(prefix="attesta-upgrade-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@contextmanager
def _running_gateways(folder: Path, deployment: Deployment) -> Iterator[list[str]]:
    """The addresses of the stack's own gateway, and of an nginx beside it."""
    if NGINX is None:
        yield [deployment.stack.site_url]
        return
    port = reserve_ports().gateway
    (folder / "nginx").mkdir()
    command = prepare_nginx(folder / "nginx", port, deployment.replicas, SILENCE_SECONDS)
    process = subprocess.Popen(command)
    try:
        wait_for(lambda: accepts_connections(port) or None, "nginx to accept connections")
        yield [deployment.stack.site_url, f"http://{HOST}:{port}"]
    finally:
        process.terminate()
        process.wait()


@pytest.mark.skipif("ATTESTA_TEST_UPGRADE" not in os.environ, reason="make upgrade")
def test_a_release_is_put_in_and_taken_back_and_nobody_feels_it(
    folder: Path, broker_kind: BrokerKind
) -> None:
    release = make_next_release(folder / "next")
    with (
        running_deployment(folder, broker_kind) as deployment,
        _running_gateways(folder, deployment) as gateways,
    ):
        visitors = Visitors(gateways, deployment.stack.issue_token(), _find_operator(deployment))
        with visitors.visiting():
            _upgrade(deployment, release, visitors)
            _roll_back(deployment, visitors)
        print(f"{len(visitors.certified_ids)} certified; {dict(visitors.answers)}", flush=True)
        assert visitors.failures == []
        scene = Scene(deployment.stack, {}, Random(0))
        assert_all_was_done_once(scene, visitors)


def _find_operator(deployment: Deployment) -> str:
    with open_services(deployment.stack.base_url, deployment.stack.issue_token()) as services:
        return find_operator_qualification(services)


def _upgrade(deployment: Deployment, release: Path, visitors: Visitors) -> None:
    visitors.wait_for_certificates(1)
    output = _time_step("migrations", lambda: deployment.migrate(release))
    assert all(f"{service}: migrated" in output for service in SERVICES)
    deployment.stack.wait_until_ready()  # the old release as well, with the new tables
    _time_step("the first half", lambda: deployment.replace_processes(FIRST_HALF, release))
    _time_step("side by side", lambda: visitors.wait_for_certificates(SIDE_BY_SIDE))
    _time_step("the second half", lambda: deployment.replace_processes(SECOND_HALF, release))
    visitors.wait_for_certificates(SIDE_BY_SIDE)


def _roll_back(deployment: Deployment, visitors: Visitors) -> None:
    output = _time_step("migrations of the old release", lambda: deployment.migrate(PROJECT))
    assert "catalog_0003 of newer code, this works with it" in output
    _time_step("the first half back", lambda: deployment.replace_processes(FIRST_HALF, PROJECT))
    visitors.wait_for_certificates(SIDE_BY_SIDE)
    _time_step("the second half back", lambda: deployment.replace_processes(SECOND_HALF, PROJECT))
    visitors.wait_for_certificates(1)


def _time_step(name: str, step: Callable[[], ResultT]) -> ResultT:
    began_at = time.monotonic()
    result = step()
    print(f"{name}: {time.monotonic() - began_at:.1f} s", flush=True)
    return result
