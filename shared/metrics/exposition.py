"""The answer to a scrape: what the process knows, and what it reads for the occasion.

What is read costs the same however many ask: it is kept for some seconds. A reader that fails or
does not answer in time takes nothing from the others: its gauges are absent, because a number that
nobody read would be a lie, and `attesta_scrape_failed` says so.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias

from prometheus_client import generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from shared import logs
from shared.metrics.families import build_labelled_gauge
from shared.metrics.registry import PROCESS_REGISTRY
from shared.settings import Settings

GaugeReader: TypeAlias = Callable[[float], Awaitable[Sequence[Metric]]]
"""Reads gauges within so many seconds, or raises."""

log = logs.get_logger(__name__)


class Exposition:
    """The metrics of one process.

    `measure` gives at once what the process knows of itself; `readers` ask others, by the name of
    what they ask about.
    """

    def __init__(
        self,
        settings: Settings,
        measure: Sequence[Callable[[], Metric]],
        readers: Mapping[str, GaugeReader],
    ) -> None:
        self._measure = measure
        self._readers = readers
        self._cache_seconds = settings.metrics_cache_seconds
        self._limit_seconds = settings.metrics_timeout_seconds / max(len(readers), 1)
        self._lock = asyncio.Lock()
        self._readings: dict[str, asyncio.Task[Sequence[Metric]]] = {}
        self._families: list[Metric] = []
        self._expires_at = 0.0

    async def render(self) -> bytes:
        """All metrics in the text format; never raises because a reader does."""
        families = await self._get_read_families()
        measurements = [measure() for measure in self._measure]
        return generate_latest(_Families([*PROCESS_REGISTRY.collect(), *measurements, *families]))

    def close(self) -> None:
        """Breaks off what is still being read."""
        for reading in self._readings.values():
            reading.cancel()

    async def _get_read_families(self) -> list[Metric]:
        loop = asyncio.get_running_loop()
        async with self._lock:
            if loop.time() >= self._expires_at:
                self._families = await self._read_families()
                self._expires_at = loop.time() + self._cache_seconds
            return self._families

    async def _read_families(self) -> list[Metric]:
        families: list[Metric] = []
        failures: dict[tuple[str, ...], float] = {}
        for source, read in self._readers.items():
            try:
                families += await self._await_reading(source, read)
                failures[source,] = 0
            except Exception as error:  # whatever it is, the others are answered
                log.warning("metrics.unread", source=source, error=type(error).__name__)
                failures[source,] = 1
        meaning = "1 where these gauges could not be read, and are absent"
        return [
            build_labelled_gauge("attesta_scrape_failed", meaning, ["source"], failures),
            *families,
        ]

    async def _await_reading(self, source: str, read: GaugeReader) -> Sequence[Metric]:
        """What the reader gives. Raises `TimeoutError` after the limit.

        A reading that is late goes on, and is waited for again: breaking it off could itself have
        to wait for a database that is silent. So each reader has one connection at most.
        """
        reading = self._readings.get(source)
        if reading is None or reading.done():
            reading = asyncio.ensure_future(read(self._limit_seconds))
            reading.add_done_callback(_take_failure)
            self._readings[source] = reading
        await asyncio.wait({reading}, timeout=self._limit_seconds)
        if not reading.done():
            raise TimeoutError
        return reading.result()


def _take_failure(reading: "asyncio.Future[Sequence[Metric]]") -> None:
    """Takes the failure of a reading for which nobody waits any more."""
    with suppress(asyncio.CancelledError):
        reading.exception()


class _Families(Collector):
    """Families that have been collected, as the text format's writer takes them."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """The families."""
        return self._families
