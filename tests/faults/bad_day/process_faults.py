"""Faults of processes: frozen, killed, and a broker that neither answers nor refuses."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from tests.faults.bad_day.fault import Fault
from tests.faults.bad_day.scene import LEADER, STANDBY, Scene, frozen

WAIT_SECONDS = 3
"""From when on a waiting event shows that something is wrong."""

KILLED = ("catalog-worker", "applications-worker", LEADER, "scheduler", "sender", "certificates")


@contextmanager
def _freezing_a_leader(scene: Scene) -> Iterator[None]:
    with frozen(scene.find_process(LEADER)):
        yield


def _leads_standby(scene: Scene, _began_at: datetime) -> bool:
    return scene.is_silent(LEADER) and scene.leads_relay(STANDBY)


@contextmanager
def _freezing_the_broker(scene: Scene) -> Iterator[None]:
    broker = scene.find_process("broker")
    with frozen(broker, *broker.children(recursive=True)):
        yield


def _waits_for_publication(scene: Scene, _began_at: datetime) -> bool:
    return any(
        scene.read_metric(service, "attesta_outbox_oldest_seconds") > WAIT_SECONDS
        for service in ("applications", "certificates")
    )


@contextmanager
def _killing_a_process(scene: Scene) -> Iterator[None]:
    program = scene.chance.choice(KILLED)
    scene.start_times[program] = scene.find_process(program).create_time()
    scene.stack.kill_program(program)
    yield


def _began_anew(scene: Scene, _began_at: datetime) -> bool:
    """Whether what was killed runs again, and says since when."""
    return all(
        scene.read_metric(program, "process_start_time_seconds") > began_at
        for program, began_at in scene.start_times.items()
    )


PROCESS_FAULTS = (
    Fault("a leader that is frozen", _freezing_a_leader, _leads_standby),
    Fault("a broker that is frozen", _freezing_the_broker, _waits_for_publication),
    Fault("a process that is killed", _killing_a_process, _began_anew),
)
