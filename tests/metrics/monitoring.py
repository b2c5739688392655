"""The rules of alerts, the dashboards and the configurations, as files of the project."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.docs.pages import ROOT

PROMETHEUS = ROOT / "deploy" / "prometheus"
GRAFANA = ROOT / "deploy" / "grafana"
_METRIC = re.compile(r"\b(?:attesta|process)_[a-z_]+[a-z]\b")


@dataclass(frozen=True, slots=True)
class Expression:
    """A question to Prometheus, and where it stands."""

    place: str
    text: str

    @property
    def metrics(self) -> set[str]:
        """The names of metrics in it."""
        return set(_METRIC.findall(self.text))


def read_yaml(path: Path) -> Any:
    """The content of a YAML file."""
    return yaml.safe_load(path.read_text("utf-8"))


def list_alerts() -> list[dict[str, Any]]:
    """The alerts of `rules.yml`."""
    groups = read_yaml(PROMETHEUS / "rules.yml")["groups"]
    return [rule for group in groups for rule in group["rules"]]


def list_dashboards() -> dict[str, Any]:
    """The dashboards, by the name of their file."""
    paths = sorted((GRAFANA / "dashboards").glob("*.json"))
    return {path.name: json.loads(path.read_text("utf-8")) for path in paths}


def list_scaling_questions() -> list[Expression]:
    """What `adapter.yml` asks, as the adapter does it for one service."""
    rules = read_yaml(PROMETHEUS / "adapter.yml")["externalRules"]
    return [
        Expression(rule["name"]["as"], question.replace("<<.LabelMatchers>>", 'service="catalog"'))
        for rule in rules
        for question in (rule["metricsQuery"], rule["seriesQuery"])
    ]


def list_expressions() -> list[Expression]:
    """Everything that rules, panels and scaling ask."""
    return [
        *list_scaling_questions(),
        *(Expression(rule["alert"], rule["expr"]) for rule in list_alerts()),
        *(
            Expression(f"{name}: {panel['title']}", target["expr"])
            for name, dashboard in list_dashboards().items()
            for panel in dashboard["panels"]
            for target in panel.get("targets", ())
        ),
    ]
