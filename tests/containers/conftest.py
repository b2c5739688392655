"""A composition of containers for a test, where the machine has what they need."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.containers.composition import CommandFailed, Composition, read_stand_ins, run_command


@contextmanager
def timed_step(step: str) -> Iterator[None]:
    """Prints how long the step took."""
    began_at = time.monotonic()
    yield
    print(f"{step}: {time.monotonic() - began_at:.1f} s", flush=True)


@pytest.fixture
def composition() -> Iterator[Composition]:
    if problem := _describe_missing_parts():
        pytest.skip(problem)
    composition = Composition()
    try:
        yield composition
    finally:
        with timed_step("down"):
            composition.run("down", "--volumes", "--remove-orphans", "--timeout", "20")


def _describe_missing_parts() -> str | None:
    """What this machine lacks to start containers, in words; None when it has all."""
    if os.environ.get("ATTESTA_TEST_CONTAINERS") != "true":
        return "`make test-containers` starts containers"
    if shutil.which("docker") is None:
        return "no docker on this machine"
    if os.geteuid() != 0:
        return "processes of containers are killed as root"
    try:
        run_command("docker", "info")
        run_command("docker", "compose", "version")
    except CommandFailed:
        return "no engine runs here, or it has no compose"
    try:
        run_command("docker", "image", "inspect", *read_stand_ins().values())
    except CommandFailed:
        return "no stand-in bases: tests/containers/stand_ins/build.sh makes them"
    return None
