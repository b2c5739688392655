"""Rules and dashboards ask for what is exported; every alert can fire, and says what to do."""

import json
import re
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from deploy.local.ports import Ports
from services.catalog.settings import CatalogSettings
from services.certificates.scheduler import scheduler_jobs
from shared.clock import SystemClock
from shared.db import Database
from shared.duties import ProcessDuties
from shared.messaging.consumer import Consumer
from shared.messaging.relay import Relay
from shared.metrics.duty_ages import measure_duties
from tests.docs.pages import ROOT, read_page
from tests.messaging.sample_events import Handling, ThingHappened
from tests.metrics.conftest import RunningServices
from tests.metrics.monitoring import (
    GRAFANA,
    PROMETHEUS,
    list_alerts,
    list_dashboards,
    list_expressions,
    read_yaml,
)
from tests.scrapes import PROMTOOL, scrape

COUNTED_BY_BACKGROUND = (Relay, scheduler_jobs)
"""Their modules register what workers and schedulers count, in this process, too."""

needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")


def _run_promtool(*arguments: str, folder: Path = PROMETHEUS) -> None:
    assert PROMTOOL is not None
    outcome = subprocess.run(
        [PROMTOOL, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


async def _list_exported_names(all_services: RunningServices) -> set[str]:
    assert COUNTED_BY_BACKGROUND
    settings = CatalogSettings(database_url=SecretStr("postgresql://nobody@127.0.0.1:1/gone"))
    database = Database.connect(settings)
    consumer = Consumer(database, settings, {ThingHappened: Handling()}, SystemClock())
    names = {family.name for family in await consumer.read_lag(1)}
    names.add(measure_duties(ProcessDuties()).name)
    for client in all_services.clients.values():
        await client.get("/health/live")
        names |= (await scrape(client)).names
    await database.close()
    return names


async def test_every_name_that_is_asked_for_is_exported(all_services: RunningServices) -> None:
    exported = await _list_exported_names(all_services)
    expressions = list_expressions()
    missing = {
        expression.place: expression.metrics - exported
        for expression in expressions
        if expression.metrics - exported
    }
    assert missing == {}
    metrics = set[str]().union(*(expression.metrics for expression in expressions))
    assert len(metrics) > 15, "the names are found"


def test_every_alert_says_how_grave_it_is_and_what_to_do() -> None:
    runbook = read_page(Path("docs/runbook.md"))
    for rule in list_alerts():
        name = rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket", "watchdog"}, name
        assert rule["annotations"]["summary"], name
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{name.lower()}"
        assert f"\n### {name}\n" in runbook, f"the runbook says nothing of {name}"


def test_every_alert_is_tried_both_ways() -> None:
    outcomes: dict[str, set[bool]] = {}
    for trial in read_yaml(PROMETHEUS / "rules.test.yml")["tests"]:
        for check in trial["alert_rule_test"]:
            outcomes.setdefault(check["alertname"], set()).add(bool(check["exp_alerts"]))
    assert outcomes.pop("Watchdog") == {True}, "it always fires"
    names = {rule["alert"] for rule in list_alerts()} - {"Watchdog"}
    assert outcomes == {name: {True, False} for name in names}


@needs_promtool
def test_the_rules_fire_when_they_should_and_only_then() -> None:
    _run_promtool("check", "rules", "rules.yml")
    _run_promtool("test", "rules", "rules.test.yml")


@needs_promtool
def test_every_question_of_rules_and_panels_can_be_asked(tmp_path: Path) -> None:
    rules = [
        {"record": f"try:question{number}", "expr": expression.text}
        for number, expression in enumerate(list_expressions())
    ]
    content = {"groups": [{"name": "try", "rules": rules}]}
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(content))
    _run_promtool("check", "rules", "rules.yml", folder=tmp_path)


def _list_static_targets(configuration: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """The labels `service` and `process` by target."""
    targets: dict[str, tuple[str, str]] = {}
    for job in configuration["scrape_configs"]:
        assert job["honor_labels"], "the label `job` of the gauges of jobs must stay"
        for group in job["static_configs"]:
            labels = group["labels"]["service"], group["labels"]["process"]
            targets |= dict.fromkeys(group["targets"], labels)
    return targets


def _list_container_targets(configuration: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """The same by the name of a container, whose replicas are found by it."""
    targets: dict[str, tuple[str, str]] = {}
    for job in configuration["scrape_configs"]:
        assert job["honor_labels"], "the label `job` of the gauges of jobs must stay"
        for group in job["dns_sd_configs"]:
            for name in group["names"]:
                labels = {"__meta_dns_name": name}
                for rule in job["relabel_configs"]:
                    _relabel(labels, rule)
                targets[name] = labels["service"], labels["process"]
    return targets


def _relabel(labels: dict[str, str], rule: dict[str, Any]) -> None:
    """A rule of relabelling, as Prometheus understands it."""
    value = ";".join(labels[name] for name in rule.get("source_labels", ()))
    match = re.fullmatch(rule.get("regex", "(.*)"), value, re.DOTALL)
    assert match is not None, value
    labels[rule["target_label"]] = match.expand(rule.get("replacement", "$1").replace("$", "\\"))


def test_every_process_of_the_local_stack_is_scraped() -> None:
    ports = asdict(Ports.from_base(8000))
    foreign_names = {"gateway", "issuer", "mailbox", "mailbox_smtp", "broker", "controller"}
    processes = {f"127.0.0.1:{port}" for name, port in ports.items() if name not in foreign_names}
    targets = _list_static_targets(read_yaml(PROMETHEUS / "prometheus.local.yml"))
    assert targets.keys() == processes
    containers = _list_container_targets(read_yaml(PROMETHEUS / "prometheus.yml"))
    assert sorted(containers.values()) == sorted(targets.values())


def test_every_process_of_the_containers_is_scraped() -> None:
    services = read_yaml(ROOT / "docker-compose.yml")["services"]
    own_services = {
        name
        for name, service in services.items()
        if "services." in " ".join(service.get("command", ()))
    }
    assert _list_container_targets(read_yaml(PROMETHEUS / "prometheus.yml")).keys() == own_services


def test_every_process_is_missed() -> None:
    (rule,) = (rule for rule in list_alerts() if rule["alert"] == "ProcessMissing")
    kinds = re.findall(r'service="([a-z]+)",process="([a-z]+)"', rule["expr"])
    targets = _list_static_targets(read_yaml(PROMETHEUS / "prometheus.local.yml"))
    assert sorted(kinds) == sorted(targets.values())


@needs_promtool
@pytest.mark.parametrize("name", ["prometheus.yml", "prometheus.local.yml"])
def test_prometheus_takes_its_configuration(name: str) -> None:
    _run_promtool("check", "config", "--syntax-only", name)


def test_every_severity_has_a_receiver() -> None:
    configuration = read_yaml(PROMETHEUS / "alertmanager.yml")
    receivers = {receiver["name"] for receiver in configuration["receivers"]}
    assert receivers == {rule["labels"]["severity"] for rule in list_alerts()}
    if amtool := shutil.which("amtool"):
        command = [amtool, "check-config", str(PROMETHEUS / "alertmanager.yml")]
        outcome = subprocess.run(command, capture_output=True, text=True, check=False)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_dashboards_are_laid_out_and_ask_the_provisioned_source() -> None:
    dashboards = list_dashboards()
    assert "operations.json" in dashboards
    for name, dashboard in dashboards.items():
        panels = dashboard["panels"]
        ids = [panel["id"] for panel in panels]
        assert len(set(ids)) == len(ids), name
        occupied_cells: set[tuple[int, int]] = set()
        for panel in panels:
            place = panel["gridPos"]
            cells = {
                (place["x"] + x, place["y"] + y)
                for x in range(place["w"])
                for y in range(place["h"])
            }
            assert not cells & occupied_cells, f"{name}: {panel['title']} lies over another"
            assert max(x for x, _ in cells) < 24, f"{name}: {panel['title']}"
            occupied_cells |= cells
            if panel["type"] != "row":
                assert panel["description"], f"{name}: {panel['title']}"
                assert panel["datasource"]["uid"] == "${datasource}"
        text = (GRAFANA / "dashboards" / name).read_text("utf-8")
        assert text == json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"
    provisioning = GRAFANA / "provisioning"
    (source,) = read_yaml(provisioning / "datasources" / "prometheus.yml")["datasources"]
    assert source["type"] == "prometheus"
    (provider,) = read_yaml(provisioning / "dashboards" / "attesta.yml")["providers"]
    assert provider["type"] == "file"
