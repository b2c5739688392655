"""`docker compose up` gives the running platform; it is scaled, and damaged in mid-demo."""

import asyncio

from tests.conditions import eventually
from tests.containers.composition import START, Composition
from tests.containers.conftest import timed_step

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
    with timed_step("build"):
        composition.run("build")
    with timed_step("up, until everything is healthy"):
        composition.run("up", "--detach", "--wait")
    with timed_step("demo"):
        _play_demo(composition)
    _print_memory(composition)
    with timed_step(f"scaled to {REPLICAS}"):
        scales = [f"--scale={service}={REPLICAS}" for service in REPLICATED]
        composition.run(*START, *scales)
    with timed_step("demo, one of each killed"):
        _play_demo_and_kill(composition)
    with timed_step("all healthy and scraped again"):
        await eventually(
            lambda: asyncio.to_thread(_is_whole, composition),
            "every replica is healthy and scraped",
            RECOVERY_SECONDS,
        )
    _print_memory(composition)
