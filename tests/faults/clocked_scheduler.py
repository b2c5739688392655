"""The scheduler of certificates by a clock of the test: `python -m tests.faults.clocked_scheduler`.

The clock stands in the file that `TEST_CLOCK` names, as an instant in ISO 8601.
"""

import os
from datetime import datetime
from pathlib import Path

from services.certificates.scheduler import scheduler_jobs
from services.certificates.settings import CertificatesSettings
from shared.jobs import run_jobs


class FileClock:
    """A clock that says what stands in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        """The instant in the file."""
        return datetime.fromisoformat(self._path.read_text())


if __name__ == "__main__":
    process_settings = CertificatesSettings()
    clock = FileClock(Path(os.environ["TEST_CLOCK"]))
    run_jobs(
        process_settings,
        "scheduler",
        lambda database, _: scheduler_jobs(database, clock, process_settings),
    )
