"""Answers to scrapes, read as Prometheus reads them, and checked by its own tool."""

import shutil
import subprocess
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families

PROMTOOL = shutil.which("promtool")


@dataclass(frozen=True, slots=True)
class Scrape:
    """The samples of one answer."""

    text: str
    samples: dict[tuple[str, frozenset[tuple[str, str]]], float]

    @classmethod
    def parse(cls, text: str) -> "Scrape":
        """Reads the text format; raises `ValueError` where it is none, or names a series twice."""
        samples = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                key = sample.name, frozenset(sample.labels.items())
                if key in samples:
                    raise ValueError(f"{key} stands twice")
                samples[key] = sample.value
        return cls(text, samples)

    def value(self, name: str, **labels: str) -> float:
        """The value of one series, named by its labels whole; 0 where there is none."""
        return self.samples.get((name, frozenset(labels.items())), 0)

    def label_values(self, name: str, label: str) -> AbstractSet[str]:
        """Which values a label has in the series of this name."""
        return {dict(labels)[label] for key, labels in self.samples if key == name}

    @property
    def names(self) -> AbstractSet[str]:
        """The names of all series."""
        return {name for name, _ in self.samples}

    def list_faults(self) -> str:
        """What `promtool check metrics` finds; nothing where promtool is not installed."""
        if PROMTOOL is None:
            return ""
        command = [PROMTOOL, "check", "metrics"]
        outcome = subprocess.run(
            command, input=self.text, capture_output=True, text=True, check=False
        )
        return outcome.stdout + outcome.stderr


async def scrape(client: httpx.AsyncClient) -> Scrape:
    """What a process answers to a scrape now."""
    response = await client.get("/metrics")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    return Scrape.parse(response.text)
