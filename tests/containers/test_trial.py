"""`docker compose up` gives the running platform; it is scaled, and damaged in mid-demo."""

import asyncio
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conditions import eventually
from tests.containers.composition import STAND_INS, CommandFailed, Composition, run_command

REPLICATED = ("certificates", "certificates-worker")
REPLICAS = 3
RECOVERY_SECONDS = 300
EXPECTED_TARGETS = {
    ("catalog", "http"): 1,
    ("catalog", "worker"): 1,
    ("applications", "http"): 1,
    ("applications", "worker"): 1,
    ("applications", "scheduler"): 1,
    ("certificates", "http"): REPLICAS,
    ("certificates", "worker"): REPLICAS,
    ("certificates", "scheduler"): 1,
    ("certificates", "sender"): 1,
}


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
    images = [line.split("=")[1] for line in STAND_INS.read_text().splitlines() if "=" in line]
    try:
        run_command("docker", "image", "inspect", *images)
    except CommandFailed:
        return "no stand-in bases: tests/containers/stand_ins/build.sh makes them"
    return None


@contextmanager
def _timed(step: str) -> Iterator[None]:
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
        with _timed("down"):
            composition.run("down", "--volumes", "--remove-orphans", "--timeout", "20")


def _play_demo(composition: Composition) -> None:
    print(composition.run("run", "--rm", "--no-TTY", "demo"), flush=True)


def _play_demo_and_kill(composition: Composition) -> None:
    """One of each kind is killed as soon as the first candidate is examined."""
    lines = []
    with composition.start_demo() as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            lines.append(line)
            if "Examination, decision, certificate" in line:
                for service in REPLICATED:
                    container = composition.list_containers(service)[0]
                    composition.kill_process(container)
                    lines.append(f"[killed {container['Name']}]\n")
    print("".join(lines), flush=True)
    assert demo.returncode == 0
    assert sum(line.startswith("[killed") for line in lines) == len(REPLICATED)


def _print_memory(composition: Composition) -> None:
    memory = composition.measure_memory()
    for name, mebibytes in sorted(memory.items()):
        print(f"  {name:<45} {mebibytes:7.1f} MiB")
    print(f"  {'together':<45} {sum(memory.values()):7.1f} MiB", flush=True)


def _is_whole(composition: Composition) -> bool:
    """Whether every replica is healthy, and Prometheus sees everything."""
    return (
        composition.count_healthy(REPLICATED) == dict.fromkeys(REPLICATED, REPLICAS)
        and composition.count_targets() == EXPECTED_TARGETS
    )


async def test_the_platform_starts_alone_and_survives_kills(composition: Composition) -> None:
    with _timed("build"):
        composition.run("build")
    with _timed("up, until everything is healthy"):
        composition.run("up", "--detach", "--wait")
    with _timed("demo"):
        _play_demo(composition)
    _print_memory(composition)
    with _timed(f"scaled to {REPLICAS}"):
        scales = [f"--scale={service}={REPLICAS}" for service in REPLICATED]
        composition.run("up", "--detach", "--wait", "--no-recreate", *scales)
    with _timed("demo, one of each killed"):
        _play_demo_and_kill(composition)
    with _timed("all healthy and scraped again"):
        await eventually(
            lambda: asyncio.to_thread(_is_whole, composition),
            "every replica is healthy and scraped",
            RECOVERY_SECONDS,
        )
    _print_memory(composition)
