"""A real Prometheus and Alertmanager over the running stack: alerts fire, and resolve."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import yaml
from fastapi import FastAPI, Request

from deploy.local.backdating import backdate_certificate
from deploy.local.calls import Services
from deploy.local.candidates import lead_to_certificate
from deploy.local.ports import HOST, Ports
from deploy.local.settings import SERVICES, LocalSettings
from deploy.local.stack import Stack
from tests.metrics.monitoring import PROMETHEUS, read_yaml
from tests.metrics.prometheus import (
    PROGRAMS,
    query_labels,
    running_program,
    running_prometheus,
    wait_until,
    write_rules,
)
from tests.ports import reserve_ports
from tests.scrapes import Scrape
from tests.serving import WIRE_SECONDS, listening

pytestmark = pytest.mark.flow

NOTICES_JOB = {"service": "certificates", "job": "notices"}
ROUNDLESS_DUTY = "schedule"
"""It starts the rounds of others, and can only stand or fall."""
SCHEDULER = {"service": "certificates", "process": "scheduler"}


@dataclass(slots=True)
class Notifications:
    """What the Alertmanager told: status and labels, in order."""

    alerts: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def build_receiver(self) -> FastAPI:
        """An application that takes the Alertmanager's webhooks."""
        app = FastAPI()

        @app.post("/")
        async def take_notification(request: Request) -> None:
            for alert in (await request.json())["alerts"]:
                self.alerts.append((alert["status"], alert["labels"]))

        return app

    def last_status(self, name: str, **labels: str) -> str | None:
        """What was told last of an alert with these labels; None: nothing."""
        wanted_labels = {"alertname": name, **labels}.items()
        statuses = [
            status for status, labels_told in self.alerts if wanted_labels <= labels_told.items()
        ]
        return statuses[-1] if statuses else None

    def wait_for(self, status: str, name: str, **labels: str) -> None:
        """Waits until this status is what was told last."""
        wait_until(
            lambda: self.last_status(name, **labels) == status,
            lambda: f"{name} {labels} {status}; told: {self.alerts}",
        )


def _write_configuration(folder: Path, stack: Stack, alertmanager: int, receiver: str) -> None:
    """The project's own files, for the ports of this stack, at short intervals."""
    write_rules(folder)
    text = (PROMETHEUS / "prometheus.local.yml").read_text("utf-8")
    text = text.replace(f"{HOST}:9093", f"{HOST}:{alertmanager}")
    for name, port in asdict(Ports.from_base(8000)).items():
        text = text.replace(f'"{HOST}:{port}"', f'"{HOST}:{getattr(stack.ports, name)}"')
    text = text.replace("../../.local/operations.token", "token")
    text = re.sub(r"_interval: 15s", "_interval: 1s", text).replace(": 10s", ": 1s")
    (folder / "prometheus.yml").write_text(text)
    (folder / "token").write_text(stack.issue_token("operations"))
    route = read_yaml(PROMETHEUS / "alertmanager.yml")
    route["route"] |= {"group_wait": "0s", "group_interval": "1s"}
    for place in route["receivers"]:
        place["webhook_configs"] = [{"url": receiver, "send_resolved": True}]
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(route))


@contextmanager
def _monitoring(folder: Path, stack: Stack) -> Iterator[tuple[str, Notifications]]:
    """Prometheus' address, and what its Alertmanager tells."""
    ports, notifications = reserve_ports(), Notifications()
    with listening(notifications.build_receiver()) as receiver:
        _write_configuration(folder, stack, ports.catalog, f"{receiver}/")
        alertmanager = (
            "--config.file=alertmanager.yml",
            "--storage.path=alerts",
            f"--web.listen-address={HOST}:{ports.catalog}",
            "--cluster.listen-address=",
        )
        with (
            running_program(folder, "prometheus-alertmanager", *alertmanager),
            running_prometheus(folder, ports.gateway) as prometheus,
        ):
            yield prometheus, notifications


def test_every_process_answers_scrapes_cleanly(stack: Stack) -> None:
    own_names = {
        "worker": {"attesta_relay_events_total", "attesta_build_info"},
        "scheduler": {"attesta_db_pool_connections", "process_resident_memory_bytes"},
        "sender": {"attesta_delivery_attempts_total", "attesta_db_pool_connections"},
    }
    token = {"Authorization": f"Bearer {stack.issue_token('operations')}"}
    for name in stack.program_names:
        kind = name.rsplit("-", 1)[-1]
        if kind not in {"worker", "scheduler", "sender", "catalog", "applications", "certificates"}:
            continue
        port = getattr(stack.ports, name.replace("-", "_"))
        response = httpx.get(f"http://{HOST}:{port}/metrics", headers=token, timeout=WIRE_SECONDS)
        assert response.status_code == 200, name
        answer = Scrape.parse(response.text)
        assert answer.list_faults() == "", name
        assert answer.names >= own_names.get(kind, {"attesta_outbox_unpublished"}), name
    scheduler = httpx.get(
        f"http://{HOST}:{stack.ports.scheduler}/metrics", timeout=WIRE_SECONDS
    ).text
    assert "attesta_notices_total" in Scrape.parse(scheduler).names
    worker = httpx.get(
        f"http://{HOST}:{stack.ports.certificates_worker}/metrics", timeout=WIRE_SECONDS
    ).text
    assert "attesta_consumer_lag_records" in Scrape.parse(worker).names


def test_every_duty_of_every_process_says_when_it_went_well(stack: Stack) -> None:
    """One that never says so is never called well again after its first failure."""

    def list_silent_duties() -> list[tuple[str, str, str | None]]:
        return [
            (program, duty["name"], duty["failure"])
            for program in stack.program_names
            if program.endswith(("worker", "scheduler", "sender"))
            for duty in _read_duties(stack, program)
            if duty["last_success_at"] is None and duty["name"] != ROUNDLESS_DUTY
        ]

    assert all(_read_duties(stack, program) for program in ("certificates-worker", "scheduler"))
    wait_until(lambda: not list_silent_duties(), lambda: f"a word of {list_silent_duties()}")


def _read_duties(stack: Stack, program: str) -> list[dict[str, Any]]:
    port = getattr(stack.ports, program.replace("-", "_"))
    status = httpx.get(f"http://{HOST}:{port}/status", timeout=WIRE_SECONDS).json()
    return list(status["duties"])


def test_every_job_that_runs_is_watched_and_every_job_that_is_watched_runs(stack: Stack) -> None:
    token = {"Authorization": f"Bearer {stack.issue_token('operations')}"}
    success = "attesta_job_last_success_timestamp_seconds"

    def scrape_service(service: str) -> Scrape:
        return Scrape.parse(
            httpx.get(
                f"{stack.base_url(service)}/metrics", headers=token, timeout=WIRE_SECONDS
            ).text
        )

    for service in SERVICES:
        watched_jobs = scrape_service(service).label_values(success, "job")

        def list_idle_jobs(service: str = service) -> list[tuple[str, object]]:
            answer = scrape_service(service)
            return [key for key, value in answer.samples.items() if key[0] == success and not value]

        wait_until(lambda: not list_idle_jobs(), lambda: f"a round of {list_idle_jobs()}")
        assert asyncio.run(_list_job_names(stack.database_url(service))) == watched_jobs


async def _list_job_names(database_url: str) -> set[str]:
    connection = await asyncpg.connect(database_url)
    try:
        return {row["name"] for row in await connection.fetch("SELECT name FROM job_state")}
    finally:
        await connection.close()


@pytest.mark.skipif(None in PROGRAMS.values(), reason="Prometheus or Alertmanager is missing")
def test_a_stopped_scheduler_is_told_while_notices_wait_and_resolves_when_it_is_back(
    stack: Stack, services: Services, operator: str, tmp_path: Path
) -> None:
    _, certificate = lead_to_certificate(services, operator)
    with _monitoring(tmp_path, stack) as (prometheus, notifications):
        notifications.wait_for("firing", "Watchdog")
        wait_until(
            lambda: len(query_labels(prometheus, "up == 1")) == 9,
            lambda: f"all 9 processes; down: {query_labels(prometheus, 'up == 0')}",
        )
        success = "attesta_job_last_success_timestamp_seconds"
        question = f'{success}{{service="certificates",job="notices"}} > 0'
        (series,) = query_labels(prometheus, question)
        assert "exported_job" not in series
        assert notifications.last_status("JobStale", **NOTICES_JOB) in {None, "resolved"}
        stack.stop_program("scheduler")
        try:
            tomorrow = LocalSettings().civil_today() + timedelta(days=1)
            backdate_certificate(stack.database_url, certificate["certificate_id"], tomorrow)
            notifications.wait_for("firing", "NoticesLate")
            notifications.wait_for("firing", "JobStale", **NOTICES_JOB)
            notifications.wait_for("firing", "ProcessDown", **SCHEDULER)
            assert notifications.last_status("NoticesBlind") is None
            assert notifications.last_status("ScrapeFailed") is None
        finally:
            stack.start_programs("scheduler")
            stack.wait_until_ready("scheduler")
        notifications.wait_for("resolved", "NoticesLate")
        notifications.wait_for("resolved", "JobStale", **NOTICES_JOB)
        notifications.wait_for("resolved", "ProcessDown", **SCHEDULER)
