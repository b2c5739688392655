"""A PostgreSQL server of a test's own, which it stops, starts and makes a standby."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT, SIGQUIT, Signals

from deploy.local.postgres import Server, prepare_server
from tests.serving import WIRE_SECONDS


class OwnServer:
    """The server of one data folder, in the foreground of a process of its own."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """The address of its first database."""
        return self._server.database_url("postgres")

    @property
    def sockets(self) -> Path:
        """The folder of its socket."""
        return self._server.sockets

    def start(self) -> None:
        """Starts it, and waits until it takes connections."""
        folders = ("--data", str(self._server.data), "--sockets", str(self._server.sockets))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local.postgres", *folders],
            text=True,
            start_new_session=True,
        )
        self._server.wait_until_ready(self._process, WIRE_SECONDS)

    def stop(self, how: Signals = SIGINT) -> None:
        """Ends its sessions and itself."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()

    def start_as_standby(self) -> None:
        """Starts it as one that follows another, and takes no writes until it is promoted."""
        (self._server.data / "standby.signal").touch()
        self.start()


@contextmanager
def own_server(folder: Path) -> Iterator[OwnServer]:
    """A started server in an empty folder, which ends with the test."""
    server = OwnServer(prepare_server(folder / "data", durable=False))
    server.start()
    try:
        yield server
    finally:
        server.stop(SIGQUIT)
