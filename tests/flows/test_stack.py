"""The local stack says clearly why it cannot start, and leaves nothing behind when it stops."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.local import remains
from deploy.local.errors import StackError
from deploy.local.settings import PROJECT, LocalSettings
from deploy.local.stack import Stack
from tests.ports import reserve_ports

pytestmark = pytest.mark.flow


def test_a_second_stack_in_the_same_folder_is_refused_with_the_owners_process(
    stack: Stack,
) -> None:
    second = Stack(LocalSettings(folder=stack.folder), reserve_ports())
    with pytest.raises(StackError, match=rf"already runs from .*process {os.getpid()}"):
        second.start()
    assert stack.find_readiness_problem("catalog") is None, (
        "the first one must not have been touched"
    )


def test_taken_ports_are_named_with_what_to_do(stack: Stack, tmp_path: Path) -> None:
    second = Stack(LocalSettings(folder=tmp_path), stack.ports)
    with pytest.raises(StackError) as refusal:
        second.start()
    for name in ("gateway", "catalog", "scheduler", "broker"):
        assert f"Port {getattr(stack.ports, name)} ({name}) is taken by" in str(refusal.value)
    assert "ATTESTA_LOCAL_PORT_BASE=" in str(refusal.value)
    assert remains.find_processes(tmp_path) == []


def test_a_program_that_cannot_become_ready_is_told_with_the_end_of_its_log(
    tmp_path: Path,
) -> None:
    settings = LocalSettings(folder=tmp_path, ready_seconds=20)
    broken = {"ATTESTA_TIME_ZONE": "Nowhere/Land"}
    stack = Stack(settings, reserve_ports(), broken)
    with pytest.raises(StackError, match="Nowhere/Land"):
        stack.start()
    assert remains.find_processes(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_stops_everything_when_it_is_interrupted(
    tmp_path: Path, number: signal.Signals
) -> None:
    environment = {
        **os.environ,
        "ATTESTA_LOCAL_FOLDER": str(tmp_path),
        "ATTESTA_LOCAL_PORT_BASE": str(reserve_ports().gateway),
    }
    command = [sys.executable, "-m", "deploy.local", "run"]
    with (tmp_path / "output").open("w+") as output:
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output)
        deadline = time.monotonic() + 120
        while "Attesta is ready" not in (tmp_path / "output").read_text():
            assert process.poll() is None, (tmp_path / "output").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert remains.find_processes(tmp_path), "a running stack has processes"
        process.send_signal(number)
        assert process.wait(60) == 0
    assert remains.find_processes(tmp_path) == []
