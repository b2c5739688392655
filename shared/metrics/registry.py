"""What this process counts and measures itself, from its start to its end.

Whoever counts something defines it beside the code that counts, in `PROCESS_REGISTRY`. Labels have
few values that are known beforehand; none holds an id, a path or a name that somebody entered.
"""

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, disable_created_metrics

VERSION = "0.1.0"
"""The version of the code, as in `pyproject.toml`."""

# They would be a second series for each counter, that nobody reads.
disable_created_metrics()  # type: ignore[no-untyped-call]

PROCESS_REGISTRY = CollectorRegistry()
ProcessCollector(registry=PROCESS_REGISTRY)

BUILD_INFO = Gauge(
    "attesta_build_info",
    "1; the label is the version of the code that runs",
    ["version"],
    registry=PROCESS_REGISTRY,
)
BUILD_INFO.labels(VERSION).set(1)
