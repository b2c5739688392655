"""Faults one after another, under traffic: nothing lost or doubled, nobody kept, each fault named.

As long as `ATTESTA_TEST_FAULT_SECONDS` say (`make faults`: five minutes), every kind at least once;
`ATTESTA_TEST_FAULT_SEED` repeats a run. It needs the machine for itself: without the former it is
skipped.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from deploy.local.calls import open_services
from deploy.local.candidates import find_operator_qualification
from deploy.local.settings import BrokerKind
from tests.faults.bad_day.data_faults import DATA_FAULTS
from tests.faults.bad_day.database_faults import DATABASE_FAULTS
from tests.faults.bad_day.fault import Fault
from tests.faults.bad_day.outcome import assert_nothing_is_lost
from tests.faults.bad_day.process_faults import PROCESS_FAULTS
from tests.faults.bad_day.scene import Scene, running_scene
from tests.faults.bad_day.traffic import Traffic

SECONDS = os.environ.get("ATTESTA_TEST_FAULT_SECONDS")
SEED = int(os.environ.get("ATTESTA_TEST_FAULT_SEED", "7"))
FAULTS = (*DATA_FAULTS, *PROCESS_FAULTS, *DATABASE_FAULTS)
APPLICANTS = 3
LONGEST_WAIT_SECONDS = 45
"""What nobody waits longer for an answer, whatever stands still: the sum of the limits of one."""
NAMING_SECONDS = 60
"""So long after its beginning each fault must be named."""


def _choose_faults(chance: Random) -> Iterator[Fault]:
    """All kinds in an order of chance, again and again."""
    while True:
        yield from chance.sample(FAULTS, k=len(FAULTS))


def _open_to_all(folder: str) -> Path:
    """The folder, where the account of the database may go, too."""
    path = Path(folder)
    path.chmod(0o755)
    return path


def _suffer(scene: Scene, fault: Fault) -> None:
    """Makes a fault, waits until it is named, mends it, and waits until all are well."""
    began_at, began = time.monotonic(), datetime.now(UTC)
    with fault.standing(scene):
        while not fault.is_named(scene, began):
            seconds = time.monotonic() - began_at
            assert seconds < NAMING_SECONDS, f"{fault.name}: nobody says so; {scene.describe()}"
            time.sleep(0.2)
        named_at = time.monotonic()
    mended_at = time.monotonic()
    scene.stack.wait_until_ready()
    print(
        f"{fault.name}: named after {named_at - began_at:.1f} s,"
        f" all ready {time.monotonic() - mended_at:.1f} s after its end",
        flush=True,
    )


@pytest.mark.skipif(SECONDS is None, reason="make faults")
def test_whatever_goes_wrong_nothing_is_lost_and_somebody_says_so(
    broker_kind: BrokerKind,
) -> None:
    # Not in pytest's folder: every run of pytest closes that to the account of the database.
    with (
        TemporaryDirectory(prefix="attesta-bad-day-") as folder,
        running_scene(_open_to_all(folder), broker_kind, SEED) as scene,
    ):
        with open_services(scene.stack.base_url, scene.stack.issue_token()) as services:
            operator = find_operator_qualification(services)
        traffic = Traffic(scene.stack, operator)
        with traffic.running(APPLICANTS):
            ends_at, fault_counts = time.monotonic() + float(SECONDS or 0), Counter[str]()
            for fault in _choose_faults(scene.chance):
                if time.monotonic() > ends_at and len(fault_counts) == len(FAULTS):
                    break
                _suffer(scene, fault)
                fault_counts[fault.name] += 1
        print(f"{len(traffic.certified)} certified; {traffic.answers.summary}", flush=True)
        print(*traffic.failures, sep="\n", flush=True)  # whole, where pytest would shorten them
        assert traffic.failures == []
        assert traffic.answers.wrong == []
        assert traffic.answers.longest_seconds < LONGEST_WAIT_SECONDS, traffic.answers.summary
        assert_nothing_is_lost(scene, traffic.certified)
