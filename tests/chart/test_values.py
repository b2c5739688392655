"""The schema of the values takes every example, and refuses what would fail later."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.chart.chart_files import CHART, EXAMPLES, Values, merge_values, read_example
from tests.chart.test_platform import PROCESSES
from tests.metrics.monitoring import read_yaml

SCHEMA: Any = read_yaml(CHART / "values.schema.json")
SCALED = {"http", "worker"}
"""Kinds of processes of which more do more."""


def _list_faults(values: Values) -> list[str]:
    return [error.json_path for error in Draft202012Validator(SCHEMA).iter_errors(values)]


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_are_taken(example: str) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert _list_faults(read_example(example)) == []


def test_what_scales_is_what_more_processes_help() -> None:
    processes = SCHEMA["properties"]["processes"]["properties"]
    scaled_names = {name for name, rule in processes.items() if rule["$ref"] == "#/$defs/scaled"}
    assert scaled_names == {
        name for name, process in PROCESSES.items() if process["process"] in SCALED
    }


def test_every_destination_is_one_that_can_be_set() -> None:
    destinations = SCHEMA["properties"]["network"]["properties"]["destinations"]["properties"]
    reached_names = {name for process in PROCESSES.values() for name in process["reaches"]}
    assert destinations.keys() == reached_names | {"collector"}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"settings": {"ATTESTA_CERTIFICATES_SIGNING_KEYS": "in plain"}}, "$.settings"),
        ({"settings": {"ATTESTA_SITE_URL": None}}, "$.settings"),
        ({"settings": {"ATTESTA_KAFKA_BOOTSTRAP_SERVERS": None}}, "$.settings"),
        ({"secrets": {"ATTESTA_CATALOG_DATABASE_URL": None}}, "$.secrets"),
        (
            {"secrets": {"ATTESTA_CATALOG_DATABASE_URL": "postgresql://in-plain"}},
            "$.secrets.ATTESTA_CATALOG_DATABASE_URL",
        ),
        ({"processes": {"registrar": {"replicas": 1}}}, "$.processes"),
        ({"processes": {"scheduler": {"maxReplicas": 4}}}, "$.processes.scheduler"),
        ({"processes": {"sender": {"replicas": 0}}}, "$.processes.sender.replicas"),
        ({"network": {"policies": False}}, "$.settings"),
        ({"image": {"digest": "latest"}}, "$.image.digest"),
        ({"typo": True}, "$"),
    ],
    ids=str,
)
def test_wrong_values_are_refused_where_they_stand(changes: Values, place: str) -> None:
    assert _list_faults(merge_values(read_example("production"), changes)) == [place]
