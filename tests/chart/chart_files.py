"""The files of the chart, read without Helm."""

from functools import reduce
from pathlib import Path
from typing import Any

from tests.docs.pages import ROOT
from tests.metrics.monitoring import read_yaml

CHART = ROOT / "deploy" / "chart"
EXAMPLES = ("trial", "production", "operators")

Values = dict[str, Any]


def read_platform() -> Any:
    """What the chart says that the platform consists of."""
    return read_yaml(CHART / "platform.yaml")


def read_default_values() -> Values:
    """The values that the chart comes with."""
    values: Values = read_yaml(CHART / "values.yaml")
    return values


def read_example(name: str) -> Values:
    """The values of an example, laid over the default ones as Helm does it."""
    return merge_values(read_default_values(), read_yaml(CHART / "examples" / f"{name}.yaml"))


def merge_values(*layers: Values) -> Values:
    """The values of all layers, the last coming first; lists are not merged, null takes away."""
    return reduce(_lay_over, layers)


def chart_texts() -> dict[Path, str]:
    """The chart's own files; not those that it takes from elsewhere by links."""
    paths = (path for path in CHART.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(CHART): path.read_text() for path in paths}


def _lay_over(lower: Values, upper: Values) -> Values:
    layered_values = {**lower}
    for name, value in upper.items():
        below = lower.get(name)
        both_objects = isinstance(below, dict) and isinstance(value, dict)
        layered_values[name] = _lay_over(below, value) if both_objects else value  # type: ignore[arg-type]
    return {name: value for name, value in layered_values.items() if value is not None}
