"""The chart has every process of the platform, and names nothing that the code does not know."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest
from fastapi.routing import APIRoute
from pydantic import SecretStr

from deploy.docs import SERVICES, list_sections
from deploy.local.ports import Ports
from deploy.local.programs import platform_programs
from shared.events.document import published_events, read_version
from shared.settings import Settings
from shared.web.health import build_health_routes
from tests.chart.chart_files import (
    CHART,
    EXAMPLES,
    chart_texts,
    read_default_values,
    read_example,
    read_platform,
)
from tests.docs.pages import ROOT
from tests.metrics.monitoring import PROMETHEUS, read_yaml

LOCAL_ALONE = {"issuer", "mailbox"}
"""Stand-ins for what a cluster has of its own."""
GATEWAY = "gateway"
"""Runs nginx, by a template of its own."""
COMMANDS = {"services.catalog.load"}
"""Modules that are run to an end by somebody."""
STORE_SECRETS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}

_VARIABLE = re.compile(r"\bATTESTA_[A-Z_]*[A-Z]\b")
_PROBE = re.compile(r"httpGet: \{path: ([\w/-]+), port: ([^}]+)\}")
PROCESSES = read_platform()["processes"]


def _local_modules() -> dict[str, str]:
    """The module of each program of the local stack, by the program's name."""
    programs = platform_programs(Path("unused"), Ports.from_base(8000))
    return {
        program.name: next(name for name in program.arguments if "." in name).partition(":")[0]
        for program in programs
    }


def test_the_chart_has_every_process_of_the_local_stack() -> None:
    modules = _local_modules()
    assert {name: process["module"] for name, process in PROCESSES.items()} == {
        name: module for name, module in modules.items() if name not in LOCAL_ALONE | {GATEWAY}
    }
    assert modules.keys() >= LOCAL_ALONE | {GATEWAY}
    assert (CHART / "templates" / "gateway.yaml").exists()


def _is_run(path: Path) -> bool:
    """Whether the module does something when it is started."""
    return any(
        isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)
        for node in ast.parse(path.read_text()).body
    )


def test_the_chart_has_every_process_of_the_services() -> None:
    own_modules = {
        f"services.{path.parent.name}.{path.stem}"
        for path in (ROOT / "services").glob("*/*.py")
        if path.stem == "main" or _is_run(path)
    }
    assert own_modules == {process["module"] for process in PROCESSES.values()} | COMMANDS


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_belongs_to_the_service_whose_module_it_runs(name: str) -> None:
    service, kind = PROCESSES[name]["service"], PROCESSES[name]["process"]
    module = {"http": "main"}.get(kind, kind)
    assert PROCESSES[name]["module"] == f"services.{service}.{module}"


def test_monitoring_calls_the_processes_as_alerts_do() -> None:
    names = {
        name
        for job in read_yaml(PROMETHEUS / "prometheus.yml")["scrape_configs"]
        for group in job["dns_sd_configs"]
        for name in group["names"]
    }
    labels = {tuple(name.split("-")) if "-" in name else (name, "http") for name in names}
    assert {(process["service"], process["process"]) for process in PROCESSES.values()} == labels


def test_the_chart_is_of_this_version() -> None:
    assert read_yaml(CHART / "Chart.yaml")["appVersion"] == read_version()


def test_the_values_are_of_these_processes() -> None:
    assert read_default_values()["processes"].keys() == PROCESSES.keys() | {GATEWAY}
    for example in EXAMPLES:
        assert read_example(example)["processes"].keys() == PROCESSES.keys() | {GATEWAY}


def test_operators_make_the_topics_of_the_events() -> None:
    topics = {event_class.TOPIC for event_class in published_events().values()}
    assert set(read_platform()["topics"]) == topics


def test_every_setting_that_the_chart_names_is_read() -> None:
    known_variables = {name for section in list_sections() for name, _ in section.list_settings()}
    prefixes = {f"ATTESTA_{service.upper()}" for service in SERVICES}
    unknown_variables = {
        str(path): names
        for path, text in chart_texts().items()
        if (names := set(_VARIABLE.findall(text)) - known_variables - prefixes)
    }
    assert unknown_variables == {}


def test_no_secret_setting_is_taken_in_plain() -> None:
    schema = read_yaml(CHART / "values.schema.json")
    refused_names = schema["properties"]["settings"]["propertyNames"]["not"]["enum"]
    secret_settings = {
        name
        for section in list_sections()
        for name, field in section.list_settings()
        if SecretStr in (field.annotation, *get_args(field.annotation))
    }
    assert set(refused_names) == secret_settings | STORE_SECRETS


def test_probes_ask_what_is_answered() -> None:
    routes = build_health_routes({}).routes
    answered_paths = {route.path for route in routes if isinstance(route, APIRoute)}
    text = (CHART / "templates" / "processes.yaml").read_text()
    assert {path for path, _ in _PROBE.findall(text)} == answered_paths
    assert f"containerPort: {Settings.model_fields['health_port'].default}" in text
    gateway_paths = {
        path for path, _ in _PROBE.findall((CHART / "templates" / "gateway.yaml").read_text())
    }
    configuration = (ROOT / "deploy" / "gateway" / "nginx.conf").read_text()
    assert gateway_paths
    assert all(f"location = {path} {{" in configuration for path in gateway_paths)


def test_scaling_asks_for_metrics_that_the_adapter_gives() -> None:
    given_names = {
        rule["name"]["as"] for rule in read_yaml(PROMETHEUS / "adapter.yml")["externalRules"]
    }
    text = (CHART / "templates" / "scaling.yaml").read_text()
    assert set(re.findall(r"metric: \{name: (\w+),", text)) == given_names
