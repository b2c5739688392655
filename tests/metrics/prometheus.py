"""Prometheus and Alertmanager of the machine, really started by tests, on the project's rules."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import yaml

from deploy.local.ports import HOST
from tests.metrics.monitoring import PROMETHEUS, read_yaml
from tests.serving import WIRE_SECONDS

PROGRAMS = {name: shutil.which(name) for name in ("prometheus", "prometheus-alertmanager")}
FACTOR = 1 / 200
"""The rules' own durations, shortened for a test."""
PATIENCE_SECONDS = 180


def wait_until(probe: Callable[[], bool], subject: Callable[[], str]) -> None:
    """Waits until `probe` holds; fails, saying what it waited for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not probe():
        assert time.monotonic() < deadline, f"waited in vain for {subject()}"
        time.sleep(0.2)


def _shorten(duration: str) -> str:
    """A duration such as `10m`, times the factor."""
    match = re.fullmatch(r"(\d+)([hms])", duration)
    assert match, duration
    seconds = int(match[1]) * {"h": 3600, "m": 60, "s": 1}[match[2]]
    return f"{round(seconds * FACTOR * 1000)}ms"


def write_rules(folder: Path) -> None:
    """The project's rules, with short durations, as `rules.yml`."""
    rules = read_yaml(PROMETHEUS / "rules.yml")
    for rule in rules["groups"][0]["rules"]:
        if "for" in rule:
            rule["for"] = _shorten(rule["for"])
    (folder / "rules.yml").write_text(yaml.safe_dump(rules))


@contextmanager
def running_program(folder: Path, name: str, *options: str) -> Iterator[None]:
    """A program of Debian's packages, its output in a file; it ends with the block."""
    program = PROGRAMS[name]
    assert program is not None
    with (folder / f"{name}.log").open("w") as output:
        process = subprocess.Popen([program, *options], cwd=folder, stdout=output, stderr=output)
        try:
            yield
            assert process.poll() is None, (folder / f"{name}.log").read_text()
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def running_prometheus(folder: Path, port: int) -> Iterator[str]:
    """Prometheus' address; `prometheus.yml` and what it names stand in the folder."""
    options = (
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=series",
        f"--web.listen-address={HOST}:{port}",
    )
    with running_program(folder, "prometheus", *options):
        yield f"http://{HOST}:{port}"


def query_labels(prometheus: str, question: str) -> list[dict[str, str]]:
    """The labels of the series that answer a question; none while Prometheus starts."""
    try:
        response = httpx.get(
            f"{prometheus}/api/v1/query", params={"query": question}, timeout=WIRE_SECONDS
        )
    except httpx.TransportError:
        return []
    if response.status_code != 200:
        return []
    return [series["metric"] for series in response.json()["data"]["result"]]
