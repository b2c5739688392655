"""The cost of validity beside bare statements on the same rows: scan, start, rehearsal, first load.

Each is measured on a database of its own size, so that what does not depend on the size is seen.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import uuid4

from sqlalchemy import text

from deploy.bench.bare_statements import BARE_EXPIRY, BARE_REHEARSAL, BARE_SCAN
from deploy.bench.costs import Cost, ServerMeter, StandingClock
from deploy.bench.loaded_rows import (
    DUE_CERTIFICATES,
    EXPIRY_DAY,
    FIRST_DAY,
    load_certificates,
    load_older_certificates,
)
from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.rehearsal import rehearse_scan
from shared.db import Database, execute
from shared.events.certificates import CertificateRenewalDue
from shared.messaging import envelope

ROUNDS = 5
START_ROUNDS = 3
TARGET_RATIO = 0.9
TARGET_LOAD_RATE = 20_000
MOST_OLDER_CERTIFICATES = 1_000_000


class ValidityBenchmark:
    """The measurements on one database with so many certificates."""

    def __init__(self, settings: CertificatesSettings, certificate_count: int) -> None:
        self._database = Database.connect(settings)
        self._clock = StandingClock(FIRST_DAY)
        self._duties = Duties(self._database, self._clock, settings)
        self._count = certificate_count

    async def run(self) -> None:
        """Loads the rows, measures everything, and prints a line for each."""
        started_at = time.perf_counter()
        await load_certificates(self._database.dsn, self._count)
        print(
            f"{self._count:,} certificates, loaded in {time.perf_counter() - started_at:.0f} s",
            flush=True,
        )
        meter = await ServerMeter.find(self._database)
        await self._measure_scan(meter)
        await self._measure_rehearsal(meter)
        await self._measure_start(meter)
        await self._measure_first_load(meter)
        await self._database.close()

    async def _run_bare(self, statements: Sequence[str]) -> None:
        headers = envelope.build_type_headers(
            CertificateRenewalDue, str(uuid4()), uuid4(), self._clock.now()
        )
        async with self._database.transaction() as session:
            for statement in statements:
                parameters = {"day": self._clock.day, "headers": json.dumps(headers)}
                await execute(session, text(statement), parameters)

    async def _run_start(self) -> None:
        """The first round of each job of a scheduler, the scan's among them."""
        duties = self._duties
        for run in (
            duties.record_notices,
            duties.count_due_notices,
            duties.follow_plan,
            duties.load_feed,
            duties.seal_feed,
            duties.erase_statement_names,
            duties.delete_verification_jobs,
        ):
            await run()

    def _next_day(self) -> None:
        self._clock.day += timedelta(days=1)

    async def _measure_scan(self, meter: ServerMeter) -> None:
        """Scan and statements take turns by the day; the first pair warms up.

        In the second pair as many certificates expire besides.
        """
        pairs, empty_rounds = [], []
        for _ in range(ROUNDS + 2):
            scan = await meter.measure(self._duties.record_notices)
            empty_rounds.append(await meter.measure(self._duties.record_notices))
            self._next_day()
            expiry = BARE_EXPIRY if self._clock.day == EXPIRY_DAY + timedelta(days=1) else ()
            bare = await meter.measure(partial(self._run_bare, [*expiry, *BARE_SCAN]))
            self._next_day()
            pairs.append((bare, scan))
        _print_ratio(f"scan of {DUE_CERTIFICATES:,} due", pairs[2:])
        _print_ratio("scan of as many due and as many that expire", pairs[1:2])
        _print_time("a scan with nothing due", empty_rounds[1:])

    async def _measure_rehearsal(self, meter: ServerMeter) -> None:
        async def rehearse() -> None:
            async with self._database.read_only_transaction() as session:
                await rehearse_scan(session, self._clock.day)

        async def run_bare() -> None:
            async with self._database.read_only_transaction() as session:
                await execute(session, text(BARE_REHEARSAL), {"day": self._clock.day})

        pairs = []
        for _ in range(ROUNDS + 1):
            rehearsal = await meter.measure(rehearse)
            pairs.append((await meter.measure(run_bare), rehearsal))
        _print_ratio("rehearsal of a day", pairs[1:])
        counts = [await meter.measure(self._duties.count_expiries) for _ in range(3)]
        _print_time("expiries of a year by week", counts)

    async def _measure_start(self, meter: ServerMeter) -> None:
        pairs, empty_starts = [], []
        for _ in range(START_ROUNDS):
            start = await meter.measure(self._run_start)
            empty_starts.append(await meter.measure(self._run_start))
            self._next_day()
            bare = await meter.measure(partial(self._run_bare, BARE_SCAN))
            self._next_day()
            pairs.append((bare, start))
        _print_ratio(f"start of a scheduler with {DUE_CERTIFICATES:,} due", pairs)
        _print_time("a start with nothing due", empty_starts)

    async def _measure_first_load(self, meter: ServerMeter) -> None:
        """The load by itself, then the scan of a day while a smaller one runs."""
        older_count = MOST_OLDER_CERTIFICATES
        if self._count < MOST_OLDER_CERTIFICATES:
            older_count = self._count // 6
        await load_older_certificates(self._database.dsn, older_count, "older-")
        load = await meter.measure(self._duties.load_feed)
        print(
            f"  first load of {older_count:,}: {older_count / load.seconds:,.0f} a second, target"
            f" {TARGET_LOAD_RATE:,} | by CPU time of server and process"
            f" {older_count / (load.cpu_seconds + load.own_cpu_seconds):,.0f}",
            flush=True,
        )
        await load_older_certificates(self._database.dsn, older_count // 2, "late-")
        loading = asyncio.create_task(self._duties.load_feed())
        await asyncio.sleep(0.5)
        scan = await meter.measure(self._duties.record_notices)
        assert not loading.done(), "the load was over before the scan"
        await loading
        print(f"  scan of {DUE_CERTIFICATES:,} due during a load: {scan.seconds:.2f} s", flush=True)


def _print_ratio(subject: str, pairs: Sequence[tuple[Cost, Cost]]) -> None:
    """Prints how the time of the bare statements compares with the service's; 1: as fast."""
    ratios = [bare.seconds / service.seconds for bare, service in pairs]
    cpu_ratios = [
        bare.cpu_seconds / service.cpu_seconds for bare, service in pairs if service.cpu_seconds
    ]
    print(
        f"  {subject}: ratio {statistics.median(ratios):.2f}"
        f" ({min(ratios):.2f}-{max(ratios):.2f}), target {TARGET_RATIO}"
        f" | by the server's CPU time {statistics.median(cpu_ratios or [0]):.2f}"
        f" | {statistics.median(service.seconds for _, service in pairs):.3f} s",
        flush=True,
    )


def _print_time(subject: str, costs: Sequence[Cost]) -> None:
    milliseconds = statistics.median(cost.seconds for cost in costs) * 1000
    print(f"  {subject}: {milliseconds:.1f} ms", flush=True)


def run_validity_benchmark(settings: CertificatesSettings, certificate_count: int) -> None:
    """Measures on the migrated database of the settings, which gets so many certificates."""
    asyncio.run(ValidityBenchmark(settings, certificate_count).run())
