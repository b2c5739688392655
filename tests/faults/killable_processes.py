"""Processes of a service that a test kills; who is killed comes again."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.ports import HOST
from shared.settings import Settings
from tests.ports import reserve_ports


class KillableProcesses:
    """So many processes of one module, on the database of the settings.

    `variables` are added to the environment of each; all write into one log.
    """

    def __init__(
        self,
        module: str,
        count: int,
        settings: Settings,
        folder: Path,
        variables: Mapping[str, str],
    ) -> None:
        self._module = module
        self._environment = {
            **os.environ,
            f"ATTESTA_{settings.service.upper()}_DATABASE_URL": (
                settings.database_url.get_secret_value()
            ),
            "ATTESTA_HEALTH_HOST": HOST,
            **variables,
        }
        self._log = folder / f"{module}.log"
        self._running = [self._start() for _ in range(count)]

    def _start(self) -> subprocess.Popen[bytes]:
        port = str(reserve_ports().certificates_worker)
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", self._module],
                env={**self._environment, "ATTESTA_HEALTH_PORT": port},
                stdout=log,
                stderr=log,
            )

    def kill(self, place: int) -> None:
        """Kills one in the middle of whatever it does, and starts another."""
        self._running[place].kill()
        self._running[place].wait()
        self._running[place] = self._start()

    def close(self) -> None:
        """Ends them all."""
        for process in self._running:
            process.kill()
            process.wait()
