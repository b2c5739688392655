"""The servers of a run: one PostgreSQL and one broker for all workers.

They belong to the process that began the run. It starts each when a worker first asks for it, over
a socket, and ends them all when the run ends.
"""

import shutil
import tempfile
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

Start = Callable[[Path], AbstractContextManager[str]]
"""Starts a server in an empty folder; yields its address."""


class Servers:
    """Servers by name; to be made where the run begins, and closed there."""

    def __init__(self, starts: dict[str, Start]) -> None:
        self._starts = starts
        self._locks = {name: threading.Lock() for name in starts}
        self._addresses: dict[str, str] = {}
        self._ending = ExitStack()
        self._folder = Path(tempfile.mkdtemp(prefix="attesta-servers-"))
        self._folder.chmod(0o755)  # the account of the database passes through
        self._listener = Listener(str(self._folder / "asked"), "AF_UNIX")
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def socket(self) -> str:
        """Where other processes ask."""
        return str(self._folder / "asked")

    def _listen(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection: "Connection[object, object]") -> None:
        with connection:
            name = str(connection.recv())
            try:
                connection.send((self._address_of(name), None))
            except Exception as error:
                connection.send((None, str(error)))

    def _address_of(self, name: str) -> str:
        with self._locks[name]:
            if name not in self._addresses:
                folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._folder))
                folder.chmod(0o755)
                self._addresses[name] = self._ending.enter_context(self._starts[name](folder))
            return self._addresses[name]

    def close(self) -> None:
        """Ends those that were started."""
        self._listener.close()
        self._ending.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def ask(socket: str, name: str) -> str:
    """The address of a server, which is started if it is not there yet."""
    with Client(socket, "AF_UNIX") as connection:
        connection.send(name)
        address, error = connection.recv()
    if error is not None:
        raise RuntimeError(f"{name} does not start: {error}")
    return str(address)
