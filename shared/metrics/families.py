"""Gauges built from values that were read, such as from the database."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from prometheus_client.core import GaugeMetricFamily

LabelsT = TypeVar("LabelsT", bound=tuple[str, ...])
"""The values of the labels, in their order."""


def build_gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    """A gauge without labels; `meaning` says what it counts, and in what unit."""
    return GaugeMetricFamily(name, meaning, value=value)


def build_labelled_gauge(
    name: str, meaning: str, labels: Sequence[str], values: Mapping[LabelsT, float]
) -> GaugeMetricFamily:
    """A gauge with a value for each combination of labels; give zeros, too: none may be missing."""
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for label_values, value in values.items():
        family.add_metric(label_values, value)
    return family
